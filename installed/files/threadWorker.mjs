// The worker as an entry of its own.

import "@graddiff/core/worker";
