/**
 * Turns of the event loop between the steps of a long run.
 */

/** The time between two turns in milliseconds: less than a frame of a page. */
const TURN = 12;

interface Timers {
  readonly setImmediate?: (resolve: () => void) => void;
  readonly setTimeout: (resolve: () => void, milliseconds: number) => void;
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: number): void };
  };
}

/** Waits for the next turn of the event loop, on a page by a message: browsers delay repeated timers by 4 ms. */
function nextTurn(): Promise<void> {
  const { setImmediate, setTimeout, MessageChannel } = globalThis as unknown as Timers;
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else setTimeout(resolve, 0);
  });
}

/** Gives the event loop a turn if the last one was more than {@link TURN} milliseconds ago. */
export class Turns {
  #last = 0;

  /** True if the last turn was at least {@link TURN} milliseconds ago. */
  get isDue(): boolean {
    return Date.now() - this.#last >= TURN;
  }

  async next(): Promise<void> {
    if (!this.isDue) return;
    await nextTurn();
    this.#last = Date.now();
  }
}
