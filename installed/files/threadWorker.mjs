// The worker of threads, as a separate entry of a bundle.

import "@graddiff/core/worker";
