export { MappingFileError } from './located';
export { loadConfiguredMappings, loadMappings } from './load';
export { createMapper, type Mapper } from './mapper';
export { Mapping, type MappingContext, type MappingFailure, type MappingResult } from './mapping';
