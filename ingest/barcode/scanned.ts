import { parseBarcode } from './index';

/** Item and lot as a line states them. */
export interface Scanned {
  gtin?: string;
  lot?: string;
  serial?: string;
  expiry?: string;
}

/**
 * What a barcode says of a line, for the fields that the source left to it; nothing where it cannot be read. To be
 * called on tokenised barcodes, so the serial that comes out is a token.
 */
export function scanned(barcode: string): Scanned {
  const result = parseBarcode(barcode);
  if (!result.ok) return {};
  const { gtin, lot, serial, expiry } = result.barcode;
  return { ...(gtin ? { gtin } : {}), ...(lot ? { lot } : {}), ...(serial ? { serial } : {}), ...(expiry ? { expiry } : {}) };
}
