/**
 * Which fields hold what, by their name. Names are compared without case, blanks and punctuation, so that
 * `patient_name`, `PatientName` and `patient-name` are one; a leading `x`, `ce` or `hl7` of headers is dropped.
 */

export type FieldClass =
  /** Nothing to do with the value itself. */
  | 'plain'
  /** Encounter, case, visit or account number of a patient: becomes a case token. */
  | 'case'
  /** Serial number: becomes a serial token. */
  | 'serial'
  /** A scanned barcode: its serial becomes a token. */
  | 'barcode'
  /** Identifies a patient wherever it stands: taken out. */
  | 'patient'
  /** Name, address or contact: taken out, but not from master data and business partners. */
  | 'person'
  /** A business partner or place: names and addresses below it are no patient's. */
  | 'partner'
  /** Free text by its name, also where it is short. */
  | 'text';

const set = (names: string) => new Set(names.split(/\s+/));

const ID = '(?:id|ids|no|nos|nr|num|number|numbers|key|ref|token|identifier)';
const CASE = set('case cases encounter encounters visit patientaccount patientencounter patientvisit fin finnumber finno csn har hospitalaccount accountnumber acctnumber acctno accountno admission episode');
const CASE_ID = new RegExp(`(?:case|encounter|visit|admission|episode|patientaccount|hospitalaccount|csn)${ID}$`);
const SERIAL = set('serial serials sn epc epcs sgtin deviceserial');
const SERIAL_ID = new RegExp(`serial${ID}?$`);
const BARCODE = set('udi udis udipi udicarrier udistring udibarcode fulludi barcode barcodes scannedbarcode barcodedata scan scandata gs1 gs1barcode gs1elementstring elementstring hibc hibcc datamatrix');
const PATIENT = new RegExp(
  '^(?:patients?(?!facing|days)|pat(?:id|name|no|nr|dob)$|subject(?:of)?care|guarantor|nextofkin|emergencycontact|subscriber|policyholder|insured(?:person|name|id)?$)|' +
    `(?:^|patient)(?:mrn|mrns|mrnumber|mrno)$|mrn$|mrn${ID}$|medicalrecord(?:${ID})?$|medrec(?:ord)?${ID}?$|^ssn|ssn$|socialsecurity(?:${ID})?$|socsec|` +
    '^dob$|patientdob|dateofbirth|birthdate|birthday|birthtime|dateofdeath|deathdate|deceased|' +
    `^nhs(?:${ID})?$|(?:insurance|insurer|policy|member|medicare|medicaid|healthplan|mbi|hicn)${ID}$|^(?:mbi|hicn|nin|nino)$|` +
    'maidenname|driverslicen[cs]e|passport(?:no|number)?$',
);
const PERSON = new RegExp(
  '^(?:home|mobile|cell|work|contact|day|evening)?(?:phone|telephone|fax)(?:s|no|nr|number|numbers|home|mobile|work)?$|^(?:tel|mobile|cell|telecom|mobilenumber|telno)$|' +
    '^(?:home|contact|private|personal|work)?e?mail(?:s|address|addresses|addr|id)?$|' +
    '^(?:home|street|postal|mailing|residential|private|delivery)?addr(?:ess(?:es)?)?(?:line)?\\d?$|^(?:streetline|street)\\d?$|' +
    '^(?:first|last|given|family|middle|birth|sur|fore|legal|preferred)names?$',
);
const PARTNER = set('supplier suppliers vendor vendors manufacturer carrier remitto billto soldby seller facility facilities hospital location locations warehouse shipfrom');
const TEXT = set('message comment comments reason description carrier note notes remark remarks detail details title text freetext memo instructions subject');

/** Field names met so far, so that a name is worked out once. Bounded, since names come from outside. */
const met = new Map<string, FieldClass>();
const MOST_NAMES = 20_000;

export function fieldClass(name: string): FieldClass {
  const known = met.get(name);
  if (known !== undefined) return known;
  const found = classify(name);
  if (met.size >= MOST_NAMES) met.clear();
  if (name.length <= 100) met.set(name, found);
  return found;
}

function classify(name: string): FieldClass {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const normal = /^(?:x|ce|hl7|http)[^a-z]/i.test(name) ? plain.replace(/^(?:x|ce|hl7|http)/, '') : plain;
  if (CASE.has(normal) || CASE_ID.test(normal)) return 'case';
  if (SERIAL.has(normal) || SERIAL_ID.test(normal)) return 'serial';
  if (BARCODE.has(normal)) return 'barcode';
  if (PATIENT.test(normal)) return 'patient';
  if (PERSON.test(normal)) return 'person';
  if (PARTNER.has(normal)) return 'partner';
  if (TEXT.has(normal)) return 'text';
  return 'plain';
}
