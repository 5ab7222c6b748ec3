/** A wait for the event loop, so that a page can respond to its user between the chunks of a long run. */

interface Timers {
  readonly setImmediate?: (resolve: () => void) => void;
  readonly setTimeout: (resolve: () => void, milliseconds: number) => void;
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: number): void };
  };
}

/** Waits for the next turn of the event loop, on a page by a message: browsers delay repeated timers by 4 ms. */
export function nextTurn(): Promise<void> {
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
