import { parseGs1 } from './gs1';
import { parseHibc } from './hibc';

export { gs1CheckDigit, isGtin } from './gs1';
export { hibcCheckCharacter } from './hibc';

/** What a scanned barcode says. */
export interface Barcode {
  /** GTIN-14, its check digit verified. */
  readonly gtin?: string | undefined;
  /** Labeler, product and unit of measure of a HIBC label, without the `+`. */
  readonly hibc?: string | undefined;
  readonly lot?: string | undefined;
  /** As scanned: to be tokenised before it is stored anywhere. */
  readonly serial?: string | undefined;
  /** YYYY-MM-DD */
  readonly expiry?: string | undefined;
  /** YYYY-MM-DD */
  readonly production?: string | undefined;
  /** Pieces, as digits. */
  readonly count?: string | undefined;
  /** Holds a number or particulars of the recipient of care, which `rebuilt` leaves out. */
  readonly patient: boolean;
  /** Every value that names one single piece: the serial, and the like of asset numbers. */
  readonly serials: readonly string[];
  /** One canonical spelling with each serial replaced: brackets for GS1, `+…/…` without check character for HIBC. */
  readonly rebuilt: (tokenise: (serial: string) => string) => string;
}

export type BarcodeResult =
  | { readonly ok: true; readonly barcode: Barcode }
  | {
      readonly ok: false;
      /** What is wrong; quotes nothing of the barcode but its application identifiers. */
      readonly error: string;
    };

/** GS1 in any spelling, or HIBC (which starts with `+`). */
export function parseBarcode(text: string): BarcodeResult {
  const trimmed = text.trim();
  if (!trimmed) return { ok: false, error: 'is empty' };
  if (trimmed.length > 400) return { ok: false, error: 'is longer than any barcode' };
  return /^\*?\+/.test(trimmed) ? parseHibc(text) : parseGs1(trimmed);
}
