// Sends the report of the program with threads to the server of the page.

import { send } from "./threads.mjs";

await send();
