// The layout engine registers itself as the handler of this worker's messages.
import 'elkjs/lib/elk-worker.min.js';
