import type { FINDINGS } from './match-verdict';

/** What is said of each finding: its arithmetic, or what differs. SQL text over the columns of `match_judged`. */

const quantityText = (x: string) => `ifNull(toString(${x}), '?')`;
/** Money with at least two places. */
const moneyText = (x: string) => `ifNull(if(${x} = round(${x}, 2), toDecimalString(${x}, 2), toString(${x})), '?')`;

const priceText = `concat(${quantityText('net')}, if(same_unit, if(uom = '', '', concat(' ', uom)), ' base units'), ': ', ${moneyText('value')}, ' invoiced − ', ${moneyText('value_at_order')}, ' at order price = ', ${moneyText('price_variance')}, ' ', currency)`;
const plainPriceText = `concat(${quantityText('quantity')}, ' × (', ${moneyText('stated_price')}, ' − ', ${moneyText('o_price')}, ') = ', ${moneyText('price_variance')}, ' ', currency)`;
const PRICE_TEXT = `if(uom = o_uom AND stated_price IS NOT NULL AND net = gross AND credit = 0 AND k = ko, ${plainPriceText}, ${priceText})`;
/** Whose price was taken for what. Of two that name the same unit, or of the dearer side that names the pack's parts, only the price tells. */
const PACK = "suspect_unit, ' of ', toString(suspect_factor)";
const SUSPECT_TEXT = `if(value > value_at_order,
    multiIf(o_uom != suspect_unit, concat('invoiced by the ', ${PACK}, ', ordered by the ', o_uom), uom = o_uom, concat('the price of ', toString(suspect_factor), ' ', suspect_unit, ' for each'), concat('the price of the ', ${PACK}, ' for each ', uom)),
    if(uom != suspect_unit, concat('ordered by the ', ${PACK}, ', invoiced by the ', uom), concat('the price of one of the ', toString(suspect_factor), ' in a ', suspect_unit, ' for the whole')))`;
const excessText = (name: string, cap: string, over: string) =>
  `concat('invoiced ', ${quantityText('running')}, ' − ${name} ', ${quantityText(cap)}, ' = ', ${quantityText(`running - ${cap}`)}, '; this line ', ${quantityText(over)}, ' × ', ${moneyText('order_unit_price')}, ' = ', ${moneyText(`${over}_value`)}, ' ', currency)`;

export const SAYS: Readonly<Record<(typeof FINDINGS)[number], string>> = {
  NO_PO: "if(order_id = '', 'the invoice names no order', concat('names order ', order_id, if(order_line = '', ' without a line', concat(' line ', order_line)), ', which is not known'))",
  ORDER_CANCELLED: "concat('order ', order_id, ' line ', order_line, ' is cancelled')",
  SUPPLIER: "concat('invoiced by ', stated_supplier, ', ordered from ', o_supplier)",
  CURRENCY: "concat('invoiced in ', stated_currency, ', ordered in ', o_currency)",
  DUPLICATE: "if(same_number, concat('number ', number, ' of ', supplier, ' came before as ', first_document), concat('same line, quantity and amount as ', twin, ', ', toString(dateDiff('day', twin_date, date)), ' days earlier'))",
  ITEM: "concat('invoiced ', stated_item, ', ordered ', o_item)",
  UOM_UNRESOLVED: "concat('no pack factor of ', item, ' for ', arrayStringConcat(arrayDistinct(arrayFilter(u -> u != '', arrayConcat(if(unit_unknown, [uom], []), if(order_unit_unknown, [o_uom], []), if(r_no_factor, ['a receipt unit'], [])))), ', '), ' on ', toString(date))",
  UOM_SUSPECT: `concat(${PRICE_TEXT}, '; ', ${SUSPECT_TEXT})`,
  NOT_EVALUABLE: "concat('missing: ', arrayStringConcat(missing, ', '))",
  AWAITING_RECEIPT: `concat('invoiced ', ${quantityText('running')}, ', received ', ${quantityText('qr')})`,
  QTY_OVER_RECEIPT: `if(flow = 'consignment-fill', concat('nothing is payable on a consignment fill; ', ${quantityText('net')}, ' invoiced'), ${excessText('received', 'payable', 'over_receipt')})`,
  QTY_OVER_ORDER: excessText('ordered', 'qo', 'over_order'),
  PRICE: PRICE_TEXT,
  CHARGES: `concat('freight and fees ', ${moneyText('document_freight')}, ' on goods of ', ${moneyText('document_value')}, ' ', currency)`,
};
