import { z } from 'zod';
import { defineQuery } from '../client';
import { DISAGREES } from './invoices';
import { MATCHED_VERDICTS, SUPPLIER_NAMES } from './match';
import { IN_FACILITIES } from './scope';

/** One invoice line with all that is said of it: our verdict, the ERP's, and those of other versions of the rules. */

const text = z.string();
const maybe = z.string().nullable();
const OWN = `SELECT * FROM match_verdicts WHERE object_id = {object_id:String} AND ${IN_FACILITIES}`;

/** At most one row. Quantities of the order line in base units; `arithmetic` goes with `findings`. */
export const invoiceLine = defineQuery({
  name: 'invoices_line',
  sql: `WITH ${MATCHED_VERDICTS}
    SELECT object_id, document_id, line_id, number, toString(date) AS date, facility, supplier, supplier_name, item, order_id, if(order_id = '' OR order_line = '', order_id, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F'))) AS order_key,
      currency, uom, o_uom AS order_uom, quantity, stated_price AS price, o_price AS order_price, qo AS ordered, qr AS received, qi AS invoiced, flow, withdrawn,
      verdict, findings, arithmetic, rule_version, at_stake, price_variance, quantity_variance, billed, erp_verdict, erp_time, ${DISAGREES} AS erp_disagrees
    FROM (${OWN}) AS line
    LEFT JOIN (
      SELECT document_id, line_id, code AS erp_verdict, toNullable(time) AS erp_time FROM document_lines FINAL
      WHERE document_type = 'match' AND aspect = 'completed' AND document_id IN (SELECT document_id FROM (${OWN}))
    ) AS erp USING (document_id, line_id)
    LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)`,
  params: z.object({ object_id: text, facilities: z.array(text) }),
  row: z.object({
    object_id: text, document_id: text, line_id: text, number: text, date: text, facility: text, supplier: text, supplier_name: text, item: text, order_id: text, order_key: text, currency: text, uom: text, order_uom: text,
    quantity: maybe, price: maybe, order_price: maybe, ordered: maybe, received: maybe, invoiced: maybe, flow: text, withdrawn: z.number(), verdict: text, findings: z.array(text), arithmetic: z.array(text), rule_version: text,
    at_stake: maybe, price_variance: maybe, quantity_variance: maybe, billed: maybe, erp_verdict: text, erp_time: maybe, erp_disagrees: z.number(),
  }),
});

/** Its verdicts under the versions of the rules that are not in force on its date. */
export const invoiceLineBeside = defineQuery({
  name: 'invoices_line_beside',
  sql: `SELECT rule_version, verdict, findings, arithmetic, currency, at_stake FROM matched_invoice_lines_beside FINAL WHERE NOT gone AND object_id = {object_id:String} ORDER BY rule_version`,
  params: z.object({ object_id: text }),
  row: z.object({ rule_version: text, verdict: text, findings: z.array(text), arithmetic: z.array(text), currency: text, at_stake: maybe }),
});
