/** Beside the contract, because the search box reads what is scanned into it with the very same function. */
export { parseBarcode, type Barcode, type BarcodeResult } from '../barcode';
