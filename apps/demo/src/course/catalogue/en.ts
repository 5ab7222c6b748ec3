/**
 * The English texts of page and terminal. In texts, `{in:price}` is an input that can be taken, `{v:total}` a
 * value, `{g:price}` a gradient, `{fact:stored}` what the lesson computes besides; all are the numbers of the
 * moment. `[page:…]` stands on the page alone, `[terminal:…]` in the terminal alone.
 */

export const en = {
  tagline: "See how a gradient flows.",
  lessons: {
    apples: {
      title: "Two apples",
      steps: {
        drag: "An apple costs {in:price}. You buy {in:count}, and the tax makes it {in:tax} times as much. You pay {v:total}.[page: Drag the price.]",
        gradient:
          "The [page:orange ]number under the price is its gradient, {g:price}: if an apple costs 1 more, you pay {g:price} more.",
      },
      nodes: { price: "price", count: "count", tax: "tax", apples: "apple cost", total: "total" },
    },
    question: {
      title: "Weight update: the question",
      steps: {
        network:
          "A small network: inputs {in:i1} and {in:i2} go through weights to the hidden nodes h1 and h2, and from there to the outputs {v:o1} and {v:o2}. Every node adds up and applies the sigmoid function.",
        error:
          "The targets are {in:t1} and {in:t2}. The error of an output is target − output: E₁ = {v:E1}, E₂ = {v:E2}.",
        carried:
          "Who is to blame? One answer: carry each error back to the hidden nodes in proportion to the weights that it came through. The share of w5 is {fact:share5}.[page: The dashed edges go back with it, and every share stands below the graph.]",
        infinite:
          "A rule that divides needs something to divide by. With a weight w6 of −0.4 beside a w5 of 0.4, the sum below is 0, and the whole error of o1 is blamed without limit, with plus on one node and with minus on the other.[page: Try it.] The shares of w5 and w6 now: {fact:share5} and {fact:share6}. Nobody can learn from that.",
        open: "And how should a weight change, and by how much? Shares do not say. The question stays open until lesson 7; the next lessons build what answers it, without a division.",
      },
      nodes: { E: "error E" },
    },
    graph: {
      title: "The computational graph",
      steps: {
        hollow:
          "{in:apples} apples at {in:applePrice}, {in:tangerines} tangerines at {in:tangerinePrice}, and a tax that makes it {in:tax} times as much. Every circle does one small step.[page: It is hollow until its step is done: step forward, or press play.]",
        fruit: "Both kinds of fruit come together in the + node.",
        total:
          "That is forward propagation: from the inputs, step by step, to the total, {v:total}. Each node looks only at what comes into it, so a long calculation is easy to write.",
        kept: "And every step keeps its result: apple cost {v:appleSum}, tangerine cost {v:tangerineSum}, together {v:fruit}. So a number in the middle can be adjusted, and only what follows is computed again.[page: Add 10 to the fruit.]",
        foretold:
          "The gradient at the fruit is {g:fruit}: it predicts what 10 more will do, {g:fruit} × 10. How the gradient comes about is the next lesson.",
      },
      nodes: {
        apples: "apple count",
        applePrice: "apple price",
        tangerines: "tangerine count",
        tangerinePrice: "tangerine price",
        tax: "tax",
        appleSum: "apple cost",
        tangerineSum: "tangerine cost",
        fruit: "fruit",
        total: "total",
      },
    },
    backward: {
      title: "Backward propagation",
      steps: {
        question:
          "The total is {v:total}. Which number matters how much? Backward propagation answers for all of them in one pass, from the total back to the inputs.",
        one: "It starts with 1 at the end: the total compared with itself.",
        tax: "The × node hands back its gradient times the other input: {g:apples} to the apple cost, because the tax is {in:tax}, and {g:tax} to the tax, because the apple cost is {v:apples}.",
        price: "One node further back the same rule holds again: gradient × the other input.",
        all: "If an apple costs 1 more, you pay {g:price} more. If you take one more apple, {g:count} more. If the tax rises by 0.01, {g:tax} × 0.01 more.",
        check:
          "A gradient predicts.[page: Make the price 1 higher, and compare the actual change with the predicted one.]",
        difference:
          "And it can be checked without any rule: make a number larger by a small h, then smaller by h, and divide the change of the total by 2h. That is the numerical derivative.[page: From here on ✓ tells at every gradient in how many digits the two agree.]",
      },
      nodes: { price: "price", count: "count", tax: "tax", apples: "apple cost", total: "total" },
    },
    "chain-rule": {
      title: "The chain rule",
      steps: {
        parts:
          "z = (x + y)² is two functions, one after the other: t = x + y, and z = t². With x = {in:x} and y = {in:y}, t is {v:t} and z is {v:z}.",
        outer:
          "From the end: dz/dt is 2t, here {g:t}.[page: It stands on the edge as the local derivative.]",
        chain:
          "Then t = x + y, whose local derivative is 1. The chain rule multiplies what stands on the path: dz/dx = dz/dt · dt/dx.",
        bend: "The gradient at x, {g:x}, is the slope at this one point. If x grows by 1, it predicts {g:x} × 1 more, and that is not what comes: z = (x + y)² is curved, so that the slope grows on the way.[page: Try it; with a smaller change they come closer.]",
        forward:
          "The same from the start. Forward mode carries the derivative with respect to x along with the values: 1 at x, 1 at t, and {fact:tangent} at z. The product is the same, only begun at the other end.",
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
          "Why {fact:printed} and not {fact:decimal}? The computer counts in twos, and in twos most fractions never end, as 1/3 never ends in tens. Of the tax factor {fact:tax} it keeps {fact:stored}, and of every product the nearest number that can be kept. The program prints all digits; [page:the stage has as many as are chosen above under “Digits”.][terminal:the drawing has as many as --digits says.]",
        even: "The program prints {fact:printed}, which is what a pocket calculator gives. That is not always so: the computer counts in twos, and in twos most fractions never end, as 1/3 never ends in tens. For 2 snacks at 100 and a tax factor of 1.1 it prints 220.00000000000003.",
      },
      nodes: { snack: "snack", count: "count", tax: "tax", price: "net price", total: "total" },
    },
    training: {
      title: "Weight update: the answer",
      steps: {
        gradients:
          "Backward propagation gives ∂E/∂w for every weight at once. The gradient of w5 is {g:w5}: E changes by that much for each 1 of w5, as long as the change is small. So w5 should go the other way. A folded node multiplies inside: the factor on an edge into o1 is σ′ = o1 · (1 − o1) times the other input of the product.",
        step: "New weight = weight − rate × gradient.[page: Choose a weight and see it written out; press “one step” and watch E, which is {v:E}.] The biases b1 and b2 have gradients, too, and stay as they are: this example trains the weights alone.",
        rates:
          "Again and again, and the network learns. The rate decides. With targets 0.4 and 0.6 the error at the start is {fact:before}. After 100 steps a rate of 0.01 has brought it to {fact:slow}: too slow. A rate of 5 has brought it to {fact:learn}: it converges. And 1000 leaps so far that both outputs are saturated, next to 0 or 1. There all slopes are flat, E stays at {fact:stuck}, and no step leads back: it is stuck.[page: Try them.]",
        mazur:
          "The start values are those of Matt Mazur’s “A Step by Step Backpropagation Example” (2015). His weights after one step are right. His error after it, 0.291027924, should be 0.291027774: from the start, one step gives {fact:afterOne} here.",
      },
      nodes: { E: "error E" },
    },
    speed: {
      title: "A million purchases",
      steps: {
        run: "The same three numbers, {in:purchases} times: total and all gradients of that many purchases at once, computed in four ways.[page: Run them on your machine.] The graph shows 1000 of them at most: {v:price} stands for a list of that many numbers.",
        end: "That was the last lesson. You have seen values go forward, gradients come back, and a network learn from them. In a program of your own it is one line: npm install @graddiff/core, then grad(f)(x) is the gradient, and explain(f)(x) a graph like these. The README of graddiff goes on from here.",
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
    legendTangent: (input: string) => `derivative with respect to ${input}, forward`,
    legendCheck: "digits in which a numerical derivative agrees",
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
    seed: (node: string) => `Backward begins: the gradient of ${node} with respect to itself is 1.`,
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
    check: "check",
    reveal: "show the answer",
    right: (value: string) => `Right: ${value}.`,
    again: (hint: string) => `Not yet. ${hint} Once more?`,
    near: (value: string, said: string) => `It is ${value}; you said ${said}.`,
    shown: (value: string) => `It is ${value}.`,
    unread: (text: string) => `“${text}” is no number. Write it as 2.2 or −0.5.`,
    isGradient: (said: string, node: string) => `${said} is the gradient of ${node}.`,
    isValue: (said: string, node: string) => `${said} is the value of ${node}.`,
    isPart: (said: string, node: string) =>
      `${said} is what comes back from ${node} alone; other edges come back here, too.`,
    isSign: "The size is right, the sign is not.",
    isPoint: "The digits are right, the decimal point is not.",
    isSum: "That is the sum. Multiply.",
    hintValue: (operation: string) =>
      `Take what comes into the node, and do this with it: ${operation}.`,
    hintGradient: "Gradient × local derivative on every edge, added up where several come back.",
  },
  node: {
    heading: "Node",
    input: "input",
    constant: "constant",
    changed: (difference: string) => `adjusted by ${difference}`,
    undo: "undo",
    check: (step: string, difference: string) =>
      `numerical derivative with h = ${step}: ${difference}`,
    checking: "comparing …",
    agrees: (digits: number) => (digits === 1 ? "agrees in 1 digit" : `agrees in ${digits} digits`),
    differs: "does not agree",
    small: "too small to compare",
    coarse: "h is too large to compare",
    corner: "there is a corner: the slopes on both sides differ",
    none: "nothing to compare",
    predicted: "predicted change",
    actual: (result: string) => `actual change of ${result}`,
    bent: (before: string, after: string) =>
      `They differ, since the gradient holds at one point: on the way it went from ${before} to ${after}.`,
    rises: (node: string, result: string, slope: string) =>
      `A little more ${node}: ${result} rises by ${slope} for each 1.`,
    falls: (node: string, result: string, slope: string) =>
      `A little more ${node}: ${result} falls by ${slope} for each 1.`,
    flat: (node: string, result: string) => `A little more ${node} does not change ${result}.`,
    infinite: "∞ is a number too large to be kept.",
    notANumber: "NaN is the result of a calculation without one, such as ∞ − ∞.",
    rounded: (exact: string) => `rounded; in full ${exact}`,
    factor: (node: string) => `the factor into ${node}`,
    update: "after one step",
    stays: "Biases stay as they are; only weights are updated.",
  },
  modes: {
    heading: "Two modes",
    reverse: "reverse",
    forward: "forward",
    by: "with respect to",
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
    tangentParts: "derivative × local derivative",
    shareParts: "error × share",
    update: "after one step",
  },
  shares: {
    heading: "Shares of the errors",
    way: "carried",
    share: "share",
    numbers: "in numbers",
    carried: "error × share",
    sum: (node: string) => `together at ${node}`,
  },
  training: {
    rate: "rate",
    one: "one step",
    ten: "ten steps",
    converge: "to convergence",
    stop: "stop",
    restart: "start values",
    steps: (steps: string) => `after ${steps} ${steps === "1" ? "step" : "steps"}`,
    error: "error E",
    curve: "Error after each step",
    slow: "is too slow",
    learn: "converges",
    stuck: "gets stuck",
    converged: (flat: string) => `All slopes are below ${flat}: it has converged.`,
    isStuck: (flat: string, error: string) =>
      `All slopes are below ${flat}, and the error stays at ${error}: it is stuck.`,
    fresh: "start values, then one step",
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
    again: "to the first lesson",
    stepOf: (step: number, of: number) => `${step} / ${of}`,
    language: "Language",
    theme: "Theme",
    auto: "auto",
    light: "light",
    dark: "dark",
    digits: "Digits",
    exact: "exact",
    damaged: "This link is damaged, so the lesson begins at its start. What is wrong:",
    dismiss: "OK",
    keys: "Keys: space plays; comma and full stop step; arrows move between nodes; + and − change a number.",
    try: (node: string, change: string) => `${node} ${change}`,
    set: (node: string, value: string) => `${node} = ${value}`,
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
    forward: "derivatives by forward mode, with respect to this input",
    graph: "Graph, values above the lines, gradients below:",
    values: "Graph:",
    training: "Learning:",
    updates: "New weight = weight − rate × gradient:",
    factors: "Factors of edges into folded nodes:",
  },
};
