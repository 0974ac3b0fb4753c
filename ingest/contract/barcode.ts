/** Barcodes for all who may read the contract: the search box takes a scanned one apart just as the listener does. */
export { isGtin, parseBarcode, type Barcode, type BarcodeResult } from '../barcode/index';
