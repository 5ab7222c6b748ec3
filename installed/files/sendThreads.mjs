// Sends what the program with threads reports to the server that the page came from.

import { send } from "./threads.mjs";

await send();
