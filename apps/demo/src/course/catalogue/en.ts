/**
 * The English texts of page and terminal. In texts, `{in:price}` is an input that can be taken, `{v:total}` a
 * value, `{g:price}` a gradient, `{after:1}` the error after a step of training; all are the numbers of the moment.
 */

export const en = {
  language: "English",
  tagline: "See how a gradient flows.",
  lessons: {
    apples: {
      title: "Two apples",
      steps: {
        drag: "An apple costs {in:price}. You buy {in:count}, and the tax makes it {in:tax} times as much. You pay {v:total}. Drag the price.",
        gradient:
          "The orange number under the price is its gradient, {g:price}: if an apple costs 1 more, you pay {g:price} more.",
      },
      nodes: { price: "price", count: "count", tax: "tax", apples: "apples", total: "total" },
    },
    question: {
      title: "Weight update: the question",
      steps: {
        network:
          "A small network: inputs {in:i1} and {in:i2} go through weights to the hidden nodes h1 and h2, and from there to the outputs {v:o1} and {v:o2}. Every node adds up and applies the sigmoid function.",
        error:
          "The targets are {in:t1} and {in:t2}. The error of an output is target − output: E₁ = {v:E1}, E₂ = {v:E2}.",
        carried:
          "Who is to blame? One answer: carry each error back to the hidden nodes in proportion to the weights that it came through. The edges show it: error × share.",
        open: "But how should a weight change, and by how much? Proportions do not say. The question stays open until lesson 7; the next lessons build what answers it.",
      },
      nodes: { E: "error E" },
    },
    graph: {
      title: "The computational graph",
      steps: {
        hollow:
          "{in:apples} apples at {in:applePrice}, {in:tangerines} tangerines at {in:tangerinePrice}, and a tax that makes it {in:tax} times as much. Every circle does one small step. Nothing is computed yet, so they are hollow: step forward, or press play.",
        fruit: "Both kinds of fruit come together in the + node.",
        total:
          "That is forward propagation: from left to right, step by step, to the total, {v:total}. Each node looks only at what comes into it, so a long calculation is easy to write.",
        kept: "And every step keeps its result: apples {v:appleSum}, tangerines {v:tangerineSum}, together {v:fruit}. So a number in the middle can be adjusted, and only what follows is computed again. Add 10 to the fruit.",
        foretold:
          "The gradient at the fruit is {g:fruit}. It told beforehand what 10 more would do: {g:fruit} × 10. How the gradient comes about is the next lesson.",
      },
      nodes: {
        apples: "apple count",
        applePrice: "apple price",
        tangerines: "tangerine count",
        tangerinePrice: "tangerine price",
        tax: "tax",
        appleSum: "apples",
        tangerineSum: "tangerines",
        fruit: "fruit",
        total: "total",
      },
    },
    backward: {
      title: "Backward propagation",
      steps: {
        question:
          "The total is {v:total}. Which number matters how much? Backward propagation answers for all of them in one pass, from right to left.",
        one: "It starts with 1 at the end: the total compared with itself.",
        tax: "The × node hands back its gradient times the other input: {g:apples} to the apples, because the tax is {in:tax}, and {g:tax} to the tax, because the apples are {v:apples}.",
        price:
          "One node further to the left the same rule holds again: gradient × the other input.",
        all: "If an apple costs 1 more, you pay {g:price} more. If you take one more apple, {g:count} more. If the tax rises by 0.01, {g:tax} × 0.01 more.",
        check: "Do it: make the price 1 higher, and compare what comes with what was told.",
      },
      nodes: { price: "price", count: "count", tax: "tax", apples: "apples", total: "total" },
    },
    "chain-rule": {
      title: "The chain rule",
      steps: {
        parts:
          "z = (x + y)² is two functions, one after the other: t = x + y, and z = t². With x = {in:x} and y = {in:y}, t is {v:t} and z is {v:z}.",
        outer:
          "From the right: dz/dt = 2t, here {g:t}. It stands on the edge as the local derivative.",
        chain:
          "Then t = x + y, whose local derivative is 1. The chain rule multiplies what stands on the path: dz/dx = dz/dt · dt/dx.",
        forward:
          "The same from the left. Forward mode carries the derivative by x along with the values: 1 at x, 1 at t, and {g:x} at z. The product is the same, only begun at the other end.",
      },
      nodes: { x: "x", y: "y", t: "t", z: "z" },
    },
    nodes: {
      title: "Add and multiply nodes",
      steps: {
        multiply:
          "A multiply node hands back the gradient times the other input: its inputs, swapped. That is why its layer keeps what came in.",
        add: "An add node has the local derivative 1 for both inputs: it hands the gradient on unchanged.",
        meet: "x and y are used twice. What comes back along both edges is added; the sum stands below.",
        layers:
          "Beside the graph stand the same two nodes as layers. Forward keeps the inputs, backward takes the gradient that arrives. The program prints what they give.",
      },
      nodes: { x: "x", y: "y", sum: "sum", product: "product", L: "L" },
    },
    "snack-tax": {
      title: "Snack tax in code",
      steps: {
        program:
          "A snack costs {in:snack}, you buy {in:count}, the tax factor is {in:tax}. The program makes two layers, goes forward, then backward. It prints three lines.",
        binary:
          "Why …0003? The computer counts in twos, and in twos 1.1 never ends, as 1/3 never ends in tens. What is kept is 1.100000000000000088817841970012523…, and 200 times that falls between two numbers that can be kept. The nearer is 220.00000000000003. Nothing here hides that by rounding.",
      },
      nodes: { snack: "snack", count: "count", tax: "tax", price: "price", total: "total" },
    },
    training: {
      title: "Weight update: the answer",
      steps: {
        gradients:
          "Backward propagation gives ∂E/∂w for every weight at once. The gradient of w5 is {g:w5}: a little more of w5 makes the error E grow that many times as much. So w5 should go the other way.",
        step: "New weight = weight − rate × gradient. Press “one step” and watch E, which is {v:E}.",
        rates:
          "Again and again, and the network learns. The rate decides. With targets 0.4 and 0.6, a rate of 0.01 crawls, 5 converges, and 1000 leaps so far that every node is saturated: the error is larger than before, and no slope leads back. Try them.",
        mazur:
          "The numbers are those of Matt Mazur’s “A Step by Step Backpropagation Example” (2015). His weights after one step are right. His error after it, 0.291027924, should be 0.291027774: from the start, one step gives {after:1} here.",
      },
      nodes: { E: "error E" },
    },
    speed: {
      title: "A million purchases",
      steps: {
        run: "The same three numbers, {in:purchases} times: total and all gradients of that many purchases at once. Four ways to compute them; run them on your machine. The graph shows the first 1000: [1000] stands for a list of 1000 numbers.",
      },
      nodes: { price: "prices", count: "counts", tax: "taxes", total: "total" },
    },
    "long-chain": {
      title: "A long chain",
      steps: { look: "A graph of 200 nodes, in which the inputs are used throughout." },
      nodes: {},
    },
  },
  inputs: {
    price: "price of an apple",
    count: "count",
    tax: "tax factor",
    apples: "apples",
    applePrice: "price of an apple",
    tangerines: "tangerines",
    tangerinePrice: "price of a tangerine",
    snack: "price of a snack",
    purchases: "purchases",
    rate: "learning rate",
  },
  complaints: {
    number: "must be a number",
    finite: "must be a finite number",
    least: (least: string) => `must be ${least} or more`,
    most: (most: string) => `must be ${most} or less`,
    whole: "must be a whole number",
  },
  stage: {
    label: (lesson: string) => `Computational graph: ${lesson}`,
    value: "value",
    gradient: "gradient",
    tangent: "derivative",
    legendValue: "value, forward",
    legendGradient: "gradient, backward",
    legendShare: "error, carried back",
    legendTangent: (input: string) => `derivative by ${input}, forward`,
    legendCheck: "digits in which a difference agrees",
    open: (node: string) => `open ${node}`,
    fold: (node: string) => `fold ${node}`,
    openAll: "open all",
    foldAll: "fold all",
    saveSvg: "SVG",
    savePng: "PNG",
    copyLink: "copy link",
    copied: "copied",
    notCopied: "The link is in the address bar.",
    reset: "start over",
    unknown: "not computed yet",
    hint: "Drag a number, or choose a node with the arrow keys and change its value.",
  },
  program: { heading: "Program", prints: "prints" },
  timeline: {
    label: "Timeline",
    first: "to the start",
    back: "one step back",
    play: "play",
    pause: "pause",
    next: "one step",
    last: "to the end",
    place: (place: number, of: number) => `step ${place} of ${of}`,
    start: "Nothing is computed yet.",
    forward: (node: string, value: string) => `Forward: ${node} gives ${value}.`,
    seed: (node: string) => `Backward begins: the gradient of ${node} by itself is 1.`,
    backward: (node: string, gradient: string, parts: string) =>
      `Backward through ${node}, gradient ${gradient}: ${parts}.`,
    through: (node: string, gradient: string) => `Backward through ${node}, gradient ${gradient}.`,
    part: (node: string, calculation: string) => `${calculation} to ${node}`,
    tangent: (node: string, value: string, tangent: string) =>
      `Forward: ${node} gives ${value}, and its derivative ${tangent}.`,
  },
  ask: {
    value: (node: string) => `What will come at ${node}?`,
    gradient: (node: string) => `What will come under ${node}?`,
    answer: "your answer",
    reveal: "reveal",
    right: (value: string) => `Right: ${value}.`,
    near: (value: string, said: string) => `It is ${value}; you said ${said}.`,
    shown: (value: string) => `It is ${value}.`,
  },
  node: {
    heading: "Node",
    input: "input",
    constant: "constant",
    changed: (difference: string) => `adjusted by ${difference}`,
    undo: "undo",
    check: "difference",
    checking: "comparing …",
    agrees: (digits: number) => (digits === 1 ? "agrees in 1 digit" : `agrees in ${digits} digits`),
    predicted: "told",
    came: "came",
    prediction: (gradient: string, change: string, told: string) =>
      `${gradient} × ${change} = ${told}`,
    rises: (node: string, result: string, slope: string) =>
      `A little more ${node}: ${result} rises ${slope} times as much.`,
    falls: (node: string, result: string, slope: string) =>
      `A little more ${node}: ${result} falls ${slope} times as much.`,
    flat: (node: string, result: string) => `A little more ${node} does not change ${result}.`,
    infinite: "∞ is a number too large to be kept.",
    notANumber: "NaN is the result of a calculation without one, such as ∞ − ∞.",
    rounded: (exact: string) => `rounded; exactly ${exact}`,
  },
  modes: {
    heading: "Two modes",
    reverse: "reverse",
    forward: "forward",
    by: "by",
    reverseCost: (passes: number, operations: number) =>
      `reverse: ${passes} pass, ${operations} operations for all inputs`,
    forwardCost: (passes: number, operations: number) =>
      `forward: ${passes} passes, ${operations} operations for all inputs`,
  },
  table: {
    heading: "Table of the graph",
    node: "node",
    operation: "operation",
    inputs: "from",
    value: "value",
    gradient: "gradient",
    parts: "gradient × local derivative",
  },
  training: {
    rate: "rate",
    one: "one step",
    ten: "ten steps",
    converge: "to convergence",
    stop: "stop",
    restart: "start weights",
    steps: (steps: string) => `after ${steps} ${steps === "1" ? "step" : "steps"}`,
    error: "error E",
    curve: "Error after each step",
    crawl: "crawls",
    learn: "converges",
    diverge: "diverges",
    converged: "All slopes are as good as flat: it has converged.",
    diverged: "All slopes are flat, and the error is larger than at the start: it has diverged.",
    presets: "Targets 0.4 and 0.6 with a rate that",
    learning: "learning …",
  },
  speed: {
    run: "run",
    running: (part: string) => `computing: ${part}`,
    stop: "stop",
    way: "way",
    best: "best, ms",
    rate: "million a second",
    loop: "JavaScript, one loop written by hand",
    loops: "JavaScript, one loop for each operation",
    javascript: "graddiff in JavaScript",
    wasm: "graddiff in WebAssembly",
    noWasm: "graddiff (WebAssembly is not available here)",
    agree: "All four give the same gradients, to the last bit, and the same total.",
    differ: "The ways do not agree; please report it.",
    note: (runs: number) =>
      `Total and three gradients of each purchase, in float64; the best of ${runs} runs, in turn.`,
    failed: "It could not be run.",
  },
  page: {
    skip: "to the lesson",
    lessons: "Lessons",
    previous: "back",
    next: "next",
    nextLesson: "next lesson",
    stepOf: (step: number, of: number) => `${step} / ${of}`,
    language: "Language",
    theme: "Theme",
    auto: "auto",
    light: "light",
    dark: "dark",
    digits: "Digits",
    exact: "exact",
    damaged: "This link is damaged, so the lesson begins at its start. What is wrong:",
    dismiss: "all right",
    keys: "Keys: space plays; comma and full stop step; arrows move between nodes; + and − change a number.",
    try: (node: string, change: string) => `${node} ${change}`,
  },
  link: {
    version: "it is of a version that this page does not know",
    lesson: "it names no lesson",
    part: (part: string) => `“${part}” is unknown or stands twice`,
    number: (text: string) => `“${text}” is no number that fits`,
    place: "it has no such place on the timeline",
  },
  terminal: {
    usage: "Usage: npm start -- [options]",
    about: "Computational graphs and backward propagation, in nine lessons.",
    options: "Options:",
    lesson: "one lesson, or several with commas",
    lang: "en or ko",
    digits: "significant digits of numbers, 1 to 17 (4)",
    list: "names and titles of the lessons",
    json: "results as JSON",
    help: "this text",
    version: "the version",
    inputs: "Inputs of lessons, as in --lesson graph --apples 3:",
    lessons: "Lessons:",
    page: "The same lessons, to drag and to step through: npm run demo:web",
    program: "The program of two layers prints:",
    times: (purchases: string) =>
      `Total and gradients of ${purchases} purchases, forward and backward:`,
    commands: "Lessons, each a command; npm start -- --help tells all options:",
    tooWide: "The drawing is too wide for 80 columns; here are its nodes:",
    graph: "Graph, values above the lines, gradients below:",
    training: "Learning:",
  },
};
