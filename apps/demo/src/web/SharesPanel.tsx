/**
 * The shares of the errors, each as a fraction, since phones have no room for them on the edges.
 */

import { fractionText, shareLines, shareSum } from "../instrument/shares.ts";
import type { Store } from "./store.ts";

export function SharesPanel({ store }: { readonly store: Store }) {
  const shares = store.shares.value;
  if (shares === undefined) return null;
  const words = store.texts.shares;
  const digits = store.digits.value;
  return (
    <section class="shares" aria-label={words.heading}>
      <h2>{words.heading}</h2>
      <table class="shares-table">
        <thead>
          <tr>
            <th scope="col">{words.way}</th>
            <th scope="col">{words.share}</th>
            <th scope="col">{words.numbers}</th>
            <th scope="col">{words.carried}</th>
          </tr>
        </thead>
        <tbody>
          {shares.edges.map((share) => (
            <tr key={share.weightName}>
              <th scope="row">
                {share.to} → {share.from}
              </th>
              <td>
                {share.weightName} / ({share.weightName} + {share.otherName})
              </td>
              <td>{fractionText(share, digits)}</td>
              <td class="share">{shareLines(share, digits).join(" ")}</td>
            </tr>
          ))}
          {Object.keys(shares.nodes).map((name) => (
            <tr key={name}>
              <th scope="row" colSpan={3}>
                {words.sum(name)}
              </th>
              <td class="share">{shareSum(shares, name, digits)?.join(" ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
