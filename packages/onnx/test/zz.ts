import { readFileSync } from "node:fs";
import { averagePool2d, gelu, interpolate, type Tensor, tensor, zeros } from "@graddiff/core";
import {
  BatchNorm,
  Conv2d,
  GRU,
  GroupNorm,
  LayerNorm,
  LSTM,
  TransformerBlock,
} from "@graddiff/core/nn";
import { importOnnx } from "../src/index.ts";
import { Places } from "../src/trace/places.ts";
import { argumentsOf, recordExample } from "../src/trace/record.ts";
import { simplified } from "../src/trace/simplify.ts";

function show(trace: any, pad = "") {
  trace.nodes.forEach((n: any, id: number) => {
    if (!n) return;
    let more = "";
    if (n.kind === "operation") {
      const { body, whenTrue, whenFalse, ...rest } = n.attributes;
      more = `${n.name}(${n.inputs}) ${JSON.stringify(rest)}`;
    } else if (n.kind === "constant")
      more = `constant ${n.content.kind} ${n.content.kind === "value" ? n.content.value : n.content.tensor ? String(n.content.tensor.data().slice(0, 4)) : ""}`;
    else if (n.kind === "part") more = `part ${n.of} ${n.index}`;
    else more = n.kind + (n.position ?? "");
    console.log(`${pad}%${id} ${more} ${n.dtype}[${n.shape}] ${trace.names.get(id) ?? ""}`);
    if (n.attributes?.body) show(n.attributes.body, `${pad}    `);
  });
  console.log(`${pad}return ${trace.outputs}`);
}
const go = (name: string, fn: any, ...inputs: any[]) => {
  if (process.argv[2] && !name.includes(process.argv[2])) return;
  console.log("==", name);
  const call = {
    op: "x",
    argument: "fn",
    fn,
    inputs,
    manner: { opset: undefined, exact: false },
    places: new Places(undefined),
  };
  show(simplified(recordExample(call, argumentsOf(call, { names: undefined, dynamic: {} })).trace));
};
const im = zeros([2, 4, 6, 6]);
const bn = new BatchNorm(4).train(false);
go("bn", (x: Tensor) => bn.forward(x), im);
const ln = new LayerNorm(6);
go("ln", (x: Tensor) => ln.forward(x), im);
const gn = new GroupNorm(2, 4);
go("gn", (x: Tensor) => gn.forward(x), im);
const conv = new Conv2d(4, 3, 3);
go("conv", (x: Tensor) => conv.forward(x), im);
go("avg", (x: Tensor) => averagePool2d(x, 2, { padding: 1, countPadding: false }), im);
go("resize", (x: Tensor) => interpolate(x, { scale: 2, mode: "linear" }), im);
go("nearest", (x: Tensor) => interpolate(x, { scale: 2 }), im);
const lstm = new LSTM(6, 5, { bidirectional: true });
go("lstm", (x: Tensor) => lstm.forward(x), zeros([2, 4, 6]));
const gru = new GRU(6, 5);
go("gru", (x: Tensor) => gru.forward(x), zeros([2, 4, 6]));
go("gelu", (x: Tensor) => gelu(x), zeros([2, 4, 6]));
const block = new TransformerBlock(4, 2, { causal: true });
go("block", (x: Tensor) => block.forward(x), zeros([2, 3, 4]));
for (const name of ["forecast", "tagger", "groups", "unet", "encoder", "gpt", "resnet"]) {
  const m = importOnnx(new Uint8Array(readFileSync(`/tmp/models-a/${name}.onnx`)));
  const about = JSON.parse(readFileSync("/tmp/models-a/models.json").toString())[name];
  const x = tensor(about.inputs[0].values, { dtype: about.inputs[0].dtype }).reshape(
    about.inputs[0].shape,
  );
  go(`import ${name}`, (x: Tensor) => m.fn(x), x);
}
