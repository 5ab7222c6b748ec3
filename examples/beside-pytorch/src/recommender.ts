/** Factors and biases of users and items predict ratings: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";

const [users, items, count, noise] = [400, 200, 16_000, 0.3];
const tastes = gd.normal([users, 3], { seed: 1 }).matmul(gd.normal([3, items], { seed: 2 }));
const liking = gd.normal([users, 1], { seed: 3 }).add(gd.normal([items], { seed: 4 }));
const places = gd.permutation(users * items, { seed: 5 }).at([0, count]);
const means = tastes.add(liking).add(3).flatten().take(places);
const rating = means.add(gd.normal([count], { seed: 6, deviation: noise }));
const data = { user: gd.floorDivide(places, items), item: gd.remainder(places, items), rating };
export const [training, held] = nn.splitData(data, [0.8, 0.2], { seed: 1 });
const mean = training.rating.mean();

export const model = {
  users: new nn.Embedding(users, 4, { seed: 7 }),
  items: new nn.Embedding(items, 4, { seed: 8 }),
  userBias: new nn.Embedding(users, 1, { seed: 9 }),
  itemBias: new nn.Embedding(items, 1, { seed: 10 }),
};
const lossOf = ({ user, item, rating }: typeof data) => {
  const match = model.users.forward(user).mul(model.items.forward(item)).sum(1);
  const bias = model.userBias.forward(user).add(model.itemBias.forward(item)).squeeze(1);
  return nn.meanSquaredError(match.add(bias).add(mean), rating);
};

const run = nn.fit(model, {
  data: nn.batches(training, { size: 256, shuffle: true, seed: 1 }),
  loss: (_, batch) => lossOf(batch),
  optimizer: new nn.AdamW(model, { learningRate: 0.02, weightDecay: 0.05 }),
  epochs: 40,
});
const error = (part: typeof data) => lossOf(part).sqrt().item().toFixed(3);
for await (const { epoch } of run) {
  if (epoch % 10 !== 9) continue;
  console.log(`epoch ${epoch + 1}: training ${error(training)}, validation ${error(held)}`);
}
const spread = held.rating.sub(mean).square().mean().sqrt().item();
console.log(`the mean as answer: ${spread.toFixed(3)}, noise: ${noise.toFixed(3)}`);
