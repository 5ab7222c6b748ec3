/**
 * The worker of a page: it has the library with its compiler in a file of its own, which nobody loads who neither
 * trains nor times.
 */

import { answers, type Request } from "./answer.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<{ readonly id: number; readonly request: Request }>) => void;
  postMessage(message: unknown): void;
};

const answer = answers();

scope.onmessage = ({ data: { id, request } }) => {
  answer(request, (news) => scope.postMessage({ id, news }));
};
