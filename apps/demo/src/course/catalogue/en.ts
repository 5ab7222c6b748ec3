/**
 * The English texts of the page and the terminal. The steps of lessons consist of sentences with keys; the lesson
 * decides which of them are shown. In texts, `{in:price}` is an input that can be changed, `{v:total}` a value,
 * `{g:price}` a gradient, `{d:fruit}` the difference added to a value, and `{fact:stored}` another number of the
 * lesson. All are current numbers. `{lesson:training}` is the short name of a lesson. `[page:…]` is shown only on the
 * page, `[terminal:…]` only in the terminal.
 */

/** Returns a number with its noun: `1 step`, `2 steps`. */
const some = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

export const en = {
  tagline: "See how a gradient flows.",
  lessons: {
    apples: {
      title: "Two apples",
      short: "Apples",
      steps: {
        drag: {
          costs:
            "An apple costs {in:price}. You buy {in:count}, and the tax makes it {in:tax} times as much.",
          pay: "You pay {v:total}.",
          payAdjusted: "With what was added on the way you pay {v:total}.",
          try: "[page:Drag the price.]",
        },
        gradient: {
          below:
            "The [page:orange ]number under the price is its gradient, {g:price}: if an apple costs 1 more, you pay {g:price} more.",
          elsewhere:
            "The gradient of the price is {g:price}: if an apple costs 1 more, you pay {g:price} more.",
          line: "[page:The total against the price is a straight line: each 1 more makes the same difference.][terminal:In the price the total is a straight line: each 1 more makes the same difference.]",
        },
        one: {
          where: "Where does it come from?",
          one: "It starts with 1 at the end: the total compared with itself.",
        },
        tax: {
          swap: "The × node of the total hands back its gradient times the other input: {g:apples} to the apple cost, because the tax is {in:tax}, and {g:tax} to the tax, because the apple cost is {v:apples}.",
        },
        price: {
          again: "One node further back the same rule holds again: gradient × the other input.",
        },
        all: {
          price: "If an apple costs 1 more, you pay {g:price} more.",
          count: "If you take one more apple, {g:count} more.",
          tax: "If the tax factor rises by 0.01, the total changes by {g:tax} × 0.01.",
          once: "One pass back has answered for all of them. That is backward propagation.",
        },
      },
      nodes: { price: "price", count: "count", tax: "tax", apples: "apple cost", total: "total" },
    },
    question: {
      title: "Weight update: the question",
      short: "Blame",
      steps: {
        network: {
          flow: "A small network: inputs {in:i1} and {in:i2} go through weights to the hidden nodes h1 and h2, and from there to the outputs {v:o1} and {v:o2}.",
          sigmoid:
            "Every hidden node and every output adds up what comes in, and applies the sigmoid function.",
        },
        error: {
          targets:
            "The targets are {in:t1} and {in:t2}. The error of an output is target − output:",
          errors: "E₁ = {v:E1}, E₂ = {v:E2}.",
          errorsAdjusted: "with what was added, E₁ = {v:E1}, E₂ = {v:E2}.",
        },
        carried: {
          blame:
            "Who is to blame? One answer: carry each error back to the hidden nodes in proportion to the weights that it came through.",
          share: "The share of w5 is {fact:share5}.",
          dashed: "[page:The dashed edges go back with it, and “Shares” lists every share.]",
        },
        together: {
          sum: "At h1 the parts of both errors come together: {fact:sum1}.",
          steps: "[page:Step back and forth to see one error after the other go back.]",
        },
        infinite: {
          rule: "A rule that divides cannot be used where it would divide by 0.",
          suppose:
            "With a w6 of {fact:undoing} beside a w5 of {in:w5} the sum below is 0: one share is ∞ and the other −∞.[page: Try it.]",
          now: "The shares of w5 and w6 now: {fact:share5} and {fact:share6}.",
          nobody: "No network can learn from that.",
        },
        open: {
          open: "And how should a weight change, and by how much? Shares do not say. The next lesson, “{lesson:training}”, answers it with gradients, without a division by weights.",
        },
      },
      nodes: { E: "error E" },
    },
    graph: {
      title: "The computational graph",
      short: "The graph",
      steps: {
        hollow: {
          purchase:
            "{in:apples} {apples?apple|apples} at {in:applePrice}, {in:tangerines} {tangerines?tangerine|tangerines} at {in:tangerinePrice}, and a tax that makes it {in:tax} times as much.",
          circle:
            "Every circle does one small step.[page: It is hollow until its step is done: step forward, or press play.]",
        },
        fruit: { plus: "Both kinds of fruit come together in the + node." },
        total: {
          forward:
            "That is forward propagation: from the inputs, step by step, to the total, {v:total}.",
          local:
            "Each node looks only at what comes into it, so a long calculation is easy to write.",
        },
        kept: {
          kept: "And every step keeps its result: apple cost {v:appleSum}, tangerine cost {v:tangerineSum}, together {v:fruit}.",
          keptAdjusted:
            "And every step keeps its result: apple cost {v:appleSum}, tangerine cost {v:tangerineSum}, and with the {d:fruit} that was added the fruit is {v:fruit}.",
          adjust:
            "So a number in the middle can be adjusted, and only what follows from it is computed again.[page: Add 10 to the fruit.]",
        },
        foretold: {
          predicts:
            "The gradient at the fruit is {g:fruit}: it predicts what 10 more will do, {g:fruit} × 10.",
          every: "So every number of the graph has a gradient, the ones in the middle too.",
        },
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
    "chain-rule": {
      title: "The chain rule",
      short: "Chain rule",
      steps: {
        parts: {
          two: "z = (x + y)² is two functions, one after the other: t = x + y, and z = t².",
          values: "With x = {in:x} and y = {in:y}, t is {v:t} and z is {v:z}.",
          valuesAdjusted: "With what was added on the way, t is {v:t} and z is {v:z}.",
        },
        outer: {
          outer: "From the end: dz/dt is 2t, here {g:t}.",
          edge: "[page:It stands on the edge as what comes back; choose the edge to see the product.]",
        },
        chain: {
          inner: "Then t = x + y, whose local derivative is 1.",
          multiply: "The chain rule multiplies what stands on the path: dz/dx = dz/dt · dt/dx.",
        },
        bend: {
          slope: "The gradient at x, {g:x}, is the slope at this one point.",
          curved:
            "If x grows by 1, it predicts {g:x} × 1 more, and that is not what comes: z = (x + y)² is curved, so that the slope grows on the way.[page: Try it; with a smaller change they come closer.]",
        },
        forward: {
          forward:
            "The same from the start. Forward mode carries the derivative with respect to x along with the values: 1 at x, 1 at t, and {fact:tangent} at z.",
          same: "The product is the same, only begun at the other end.",
        },
        both: {
          once: "[page:Side by side: ]reverse mode goes back once and has the derivatives by all inputs.",
          passes: "Forward mode needs a pass for each input, here {fact:passes}.",
        },
      },
      nodes: { x: "x", y: "y", t: "t", z: "z" },
    },
    nodes: {
      title: "Add and multiply nodes",
      short: "Nodes",
      steps: {
        multiply: {
          swap: "A multiply node hands back the gradient times the other input: its inputs, swapped. That is why its layer keeps what came in.",
        },
        add: {
          add: "An add node has the local derivative 1 for both inputs: it hands the gradient on unchanged.",
        },
        meet: {
          twice: "x and y are used twice. What comes back along both edges is added.",
          below: "The sum stands below.",
        },
        layers: {
          layers:
            "The program has the same two nodes as layers. Forward keeps the inputs, backward takes the gradient that arrives.",
          prints: "It prints what they give.",
        },
      },
      nodes: { x: "x", y: "y", sum: "sum", product: "product", L: "L" },
    },
    "snack-tax": {
      title: "Snack tax in code",
      short: "In code",
      steps: {
        program: {
          inputs: "A snack costs {in:snack}, you buy {in:count}, the tax factor is {in:tax}.",
          layers:
            "The program makes two layers, goes forward, then backward. It prints three lines.",
        },
        binary: {
          why: "Why {fact:printed} and not {fact:decimal}?",
          twos: "The computer writes numbers in twos, and in twos most fractions never end, as 1/3 never ends in tens.",
          keptTax:
            "Of the tax factor {fact:tax} it keeps {fact:storedTax}, and of every product the nearest number that can be kept.",
          keptSnack:
            "Of the price {fact:snack} it keeps {fact:storedSnack}, and of every product the nearest number that can be kept.",
          keptCount:
            "Of the count {fact:count} it keeps {fact:storedCount}, and of every product the nearest number that can be kept.",
          keptProduct:
            "It keeps all three numbers as they are, but of every product only the nearest number that can be kept.",
          digits:
            "The program prints as many digits as tell a number from its neighbours; [page:the stage has as many as are chosen under “Settings”.][terminal:the drawing has as many as --digits says.]",
          even: "The program prints {fact:printed}, which is exactly the product in tens.",
          nearest:
            "The program prints {fact:printed}: of all numbers that can be kept, the nearest to the product.",
          notAlways:
            "That is not always so: the computer writes numbers in twos, and in twos most fractions never end, as 1/3 never ends in tens. For 2 snacks at 100 and a tax factor of 1.1 it prints 220.00000000000003.",
          tooLarge:
            "The program prints {fact:printed}: on the way a product became larger than any number that can be kept.",
        },
        many: {
          many: "A program can do it for many: {in:purchases} {purchases?purchase|purchases}, each with its own price, count and tax, the total and all gradients at once, computed in four ways.[page: Run them on your machine.]",
          own: "In a program of your own grad(f)(x) is the gradient, and explain(f)(x) a graph like these.",
        },
      },
      nodes: { snack: "snack", count: "count", tax: "tax", price: "net price", total: "total" },
    },
    training: {
      title: "Weight update: the answer",
      short: "Update",
      steps: {
        gradients: {
          all: "Backward propagation gives ∂E/∂w for every weight at once.",
          slope:
            "The gradient of w5 is {g:w5}: a small change of w5 changes E by {g:w5} times as much.",
          other: "So w5 should go the other way.",
          stays: "So w5 stays as it is.",
          folded:
            "A folded node multiplies inside: the factor on an edge from a weight into o1 is σ′ = o1 · (1 − o1) times the other input of the product; from the bias b2, σ′ alone.",
        },
        step: {
          rule: "New weight = weight − rate × gradient.",
          watch: "[page:Press “one step” and watch E, which is {v:E}.]",
          choose: "[page:Choose a weight and see it written out.]",
          biases: "The biases b1 and b2 are trained by the same rule.",
          frozen:
            "The biases b1 and b2 have gradients, too, and are frozen: they stay as they are.",
        },
        rates: {
          again: "Again and again, and the network learns. The rate decides.",
          slow: "With targets 0.4 and 0.6 the error at the start is {fact:before}. After 100 steps a rate of 0.01 has brought it to {fact:slow}: too slow.",
          learn: "A rate of 5 has brought it to {fact:learn}: it converges.",
          stuck:
            "And 1000 leaps so far that both outputs are saturated, next to 0 or 1. There all slopes of the weights are nearly 0, and E stays at {fact:stuck}: it is stuck.[page: Try them.]",
        },
        mazur: {
          source:
            "The start values are those of Matt Mazur’s “A Step by Step Backpropagation Example” (2015), which freezes the biases. His weights after one step are right.",
          error:
            "His error after it, 0.291027924, should be 0.291027774: from the start, with frozen biases, one step gives {fact:afterOne} here.",
        },
      },
      nodes: { E: "error E" },
    },
    slope: {
      title: "A slope",
      short: "A slope",
      steps: {
        curve: {
          area: "A square with a side of {in:side} has an area of {v:area}.",
          areaAdjusted: "With what was added the area is {v:area}.",
          curve: "[page:The curve has the area for every side.]",
        },
        one: {
          slope:
            "The gradient of the side is {g:side}: the slope of the tangent, the line that touches the curve here.",
          more: "A side that is longer by 1 makes the area {fact:more} larger, and not {g:side}.",
          line: "A gradient tells the change for 1 more exactly only where the curve is a straight line, as it was for the apples.",
        },
        shrink: {
          quotients:
            "The change of the area divided by the change h of the side, for an h of 1: {fact:quotient1}; for 0.5: {fact:quotient2}; for 0.25: {fact:quotient3}.",
          limit:
            "The smaller h is, the nearer the quotient comes to the slope. That is what a derivative is.",
        },
        difference: {
          how: "So a gradient can be checked without any rule: make a number larger by a small h, then smaller by h, and divide the change of the result by 2h. That is the numerical derivative.",
          marks: "[page:From here on ✓ at a gradient tells in how many digits the two agree.]",
          card: "[page:From here on the card of a number tells in how many digits the two agree.]",
        },
        downhill: {
          rule: "Downhill is the other way: new side = side − rate × slope.",
          steep: "The slope is {g:side} now.",
          leap: "A rate of 0.5 leaps to the lowest point at once.",
          diverge:
            "A rate of 1.1 leaps too far: each step ends farther away on the other side.[page: Try it.]",
        },
      },
      nodes: { side: "side", area: "area" },
    },
    sigma: {
      title: "σ, and why σ′ = o · (1 − o)",
      short: "σ",
      steps: {
        squash: {
          between: "The sigmoid function σ turns any number into one between 0 and 1.",
          value: "For x = {in:x} it gives {v:o}.",
          try: "[page:Drag x, and see where the curve is flat.]",
        },
        steps: {
          four: "It takes four steps: −x, then e to that power, then 1 more, then 1 divided by it.",
          kept: "Here they are {v:minus}, {v:power}, {v:sum} and {v:o}.",
        },
        back: {
          reciprocal: "Back from the end: the derivative of 1/s is −1/s², and 1/s is o itself.",
          sum: "So {g:sum} comes to the sum.",
        },
        whole: {
          along:
            "Adding 1 hands it on, the power node multiplies by its own value, and −x turns the sign: at x it is {g:x}.",
          same: "All together that is o · (1 − o): {fact:product}.",
        },
        steep: {
          steepest: "o · (1 − o) is largest at o = 0.5, where it is 0.25, and nearly 0 far out.",
          here: "Here the slope is {g:x}.",
          one: "From here on σ is one node, whose slope one knows from its output alone.",
        },
      },
      nodes: { x: "x", minus: "−x", power: "power", sum: "sum", o: "o" },
    },
    neuron: {
      title: "One neuron",
      short: "One neuron",
      steps: {
        sum: {
          weights: "A neuron multiplies each input by a weight and adds a bias:",
          sum: "{fact:sum}.",
          sumAdjusted: "with what was added on the way the sum is {fact:adjustedSum}.",
          squash: "σ makes {v:o} of the sum.",
          squashAdjusted: "With what was added to it the output is {v:o}.",
        },
        error: {
          target: "The wanted output is {in:t}.",
          error: "The error E is half the square of the distance: {v:E}.",
        },
        back: {
          three:
            "The gradient of w1 is a product of three: how far the output is off, the slope of σ, and the input of the weight.",
          slope: "The slope of σ here: {fact:slope}.",
          card: "[page:Choose w1 and open its card to see the product.]",
        },
        step: {
          rule: "E gets smaller if each weight moves against its gradient: new weight = weight − rate × gradient.",
          press: "[page:Press “one step” and watch E, which is {v:E}.]",
        },
      },
      nodes: { E: "error E" },
    },
    points: {
      title: "Many points",
      short: "Many points",
      steps: {
        mean: {
          one: "The network shows one point at a time, with its wanted output t.",
          mean: "Training lowers the mean error of {fact:points} points: each step averages what all of them ask for.",
        },
        learn: {
          train: "[page:Press “run”: the colours show the output for every x1 and x2.]",
          told: "{fact:steps} steps with a rate of 2 bring the mean error from {fact:before} to {fact:after}.",
        },
        held: {
          held: "But has it learned the rule, or only these points? {fact:held} others were held out: no step has used them.",
          heldTold: "Their mean error went from {fact:heldBefore} to {fact:heldAfter} on the way.",
        },
      },
      nodes: { E: "E of this point" },
    },
    own: {
      title: "A function of your own",
      short: "Your own",
      steps: {
        write: {
          write:
            "[page:Write a function: everything of the lessons works on it.][terminal:Everything of the lessons works on a function of your own.]",
        },
      },
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
    frozen: "frozen biases, 0 or 1",
  },
  /** Writes a whole number with separators. */
  count: (count: number) => count.toLocaleString("en"),
  complaints: {
    number: (label: string) => `${label} must be a number`,
    finite: (label: string) => `${label} must be a finite number`,
    least: (label: string, least: string) => `${label} must be ${least} or more`,
    most: (label: string, most: string) => `${label} must be ${most} or less`,
    whole: (label: string) => `${label} must be a whole number`,
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
    edge: (from: string, to: string) => `${from} to ${to}`,
    openAll: "open all",
    foldAll: "fold all",
    drag: "↔ drag me",
    menu: "More",
    saveSvg: "save as SVG",
    savePng: "save as PNG",
    copyLink: "copy link",
    copied: "copied",
    notCopied: "The link is in the address bar.",
    reset: "start over",
    unknown: "not computed yet",
  },
  program: {
    heading: "Program",
    prints: "prints",
    without: "It runs with the inputs alone, without what was added in the graph.",
  },
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
    adjusted: (node: string, value: string, difference: string) =>
      `Forward: ${node} is ${value}, with ${difference} added.`,
    seed: (node: string) => `Backward begins: the gradient of ${node} with respect to itself is 1.`,
    through: (node: string, gradient: string) => `Backward through ${node}, gradient ${gradient}.`,
    share: (error: string, from: string, value: string) =>
      `${error}, ${value}, goes back from ${from} in proportion to the weights.`,
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
    near: (value: string, said: string, hint: string) =>
      `It is ${value}; you said ${said}. ${hint}`,
    shown: (value: string) => `It is ${value}.`,
    unread: (text: string) => `“${text}” is no number. Write it as 2.2 or −0.5.`,
    isGradient: (said: string, node: string) => `${said} is the gradient of ${node}.`,
    isValue: (said: string, node: string) => `${said} is the value of ${node}.`,
    isPart: (said: string, node: string) =>
      `${said} is what comes back from ${node} alone; other edges come back here, too.`,
    isSign: "The size is right, the sign is not.",
    isPoint: "The digits are right, the decimal point is not.",
    isSum: "That is the sum. Multiply.",
    isProduct: "That is the product. Add.",
    hintValue: (operation: string) =>
      `Take what comes into the node, and do this with it: ${operation}.`,
    hintGradient: "Gradient × local derivative on every edge, added up where several come back.",
  },
  node: {
    heading: "Card",
    openCard: "open the card",
    close: "close",
    less: "less",
    more: "more",
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
    none: "nothing to compare",
    corner: (left: string, right: string, gradient: string) =>
      `a corner: slope ${left} below, ${right} above; ${gradient} is taken`,
    predicted: "predicted change",
    actual: (result: string) => `actual change of ${result}`,
    bent: (before: string, after: string) =>
      `They differ, since the gradient holds at one point: on the way it went from ${before} to ${after}.`,
    bentBetween: "They differ, since the gradient holds at one point and changes on the way.",
    rises: (node: string, result: string, slope: string) =>
      `A little more ${node}: ${result} rises by ${slope} for each 1.`,
    falls: (node: string, result: string, slope: string) =>
      `A little more ${node}: ${result} falls by ${slope} for each 1.`,
    flat: (node: string, result: string) =>
      `A little more ${node} hardly changes ${result}: the slope is 0 here.`,
    infinite: "∞ stands for what is larger than any number that can be kept.",
    notANumber: "NaN is the result of a calculation without one, such as ∞ − ∞.",
    rounded: (exact: string) => `in full ${exact}`,
    forward: "forward",
    backward: "backward",
    upstream: "upstream",
    local: "local",
    result: "together",
    sum: "sum",
    checkRow: "check",
    share: "share",
    factor: (node: string) => `the factor into ${node}`,
    updateRow: "update",
    update: "after one step",
    updateMean: (points: number) =>
      `after one step, by the mean gradient of ${some(points, "point")}`,
    weight: "weight",
    from: (from: string, to: string) => `from ${from} to ${to}`,
    over: (result: string, node: string) => `${result} against ${node}`,
    frozen: "Frozen: it stays as it is.",
  },
  modes: {
    heading: "Two modes",
    reverse: "reverse",
    forward: "forward",
    by: "with respect to",
    reverseCost: (passes: number, operations: number) =>
      `reverse: ${some(passes, "pass", "passes")}, ${some(operations, "operation")} for all inputs`,
    forwardCost: (passes: number, operations: number) =>
      `forward: ${some(passes, "pass", "passes")}, ${some(operations, "operation")} for all inputs`,
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
  slope: {
    heading: "Slope",
    against: (result: string) => `${result} against`,
    point: (node: string, value: string, result: string, other: string) =>
      `${node} ${value}, ${result} ${other}`,
    step: "step h",
    quotient: "change / h",
    row: (h: string) => `h ${h}`,
    gradient: (node: string) => `gradient of ${node}`,
    straight: (node: string) =>
      `In ${node} this is a straight line here: the tangent lies on it, for every h.`,
    misses: (h: string, by: string) =>
      `For an h of ${h} the tangent misses the curve by ${by}. Shrink h, and the digits agree.`,
    agrees: (digits: number) => `Quotient and gradient agree in ${digits} digits.`,
    rounding: "h is so small that rounding spoils the quotient.",
    none: "There is no slope to draw: choose another number.",
    drag: (node: string) => `${node}: drag along the curve`,
    rise: (result: string, by: string) => `${result} ${by}`,
    run: (h: string) => `h = ${h}`,
    tangent: (slope: string) => `slope ${slope}`,
  },
  training: {
    heading: "Training",
    rate: "rate",
    one: "one step",
    ten: "ten steps",
    run: "run",
    stop: "stop",
    restart: "start values",
    freeze: "freeze the biases",
    steps: (steps: number) => `after ${some(steps, "step")}`,
    at: (step: number, of: number) => `step ${step} of ${of}`,
    scrub: "steps of the training",
    adjusted: "and with what was added",
    meanOf: (loss: string) => `mean ${loss}`,
    mean: (loss: string, points: number) => `${loss} of ${some(points, "point")}`,
    heldOut: "held out",
    trained: "trained on",
    curve: (loss: string) => `${loss} after each step`,
    over: (loss: string, name: string) => `${loss} over ${name}`,
    next: "next step",
    surface: (node: string, x: string, y: string) => `${node} for every ${x} and ${y}`,
    point: (x: string, y: string, target: string) => `point ${x}, ${y}, wanted ${target}`,
    slow: "is too slow",
    learn: "converges",
    stuck: "gets stuck",
    leap: "leaps",
    diverge: "diverges",
    steepest: (name: string, slope: string) =>
      `The steepest slope of what is trained is that of ${name}, ${slope}.`,
    steepestMean: (name: string, slope: string, loss: string) =>
      `The steepest slope of ${loss} is that of ${name}, ${slope}; the graph has the slopes at one point.`,
    lowered: (loss: string, by: string) => `The last step lowered ${loss} by ${by}.`,
    raised: (loss: string, by: string) => `The last step raised ${loss} by ${by}.`,
    still: (_loss: string) => "The last step changed nothing that can be kept.",
    least: (loss: string, least: string) =>
      `${loss} can come as near to ${least} as one likes, but not below.`,
    isNear: (loss: string, above: string) => `${loss} is only ${above} above that.`,
    isStuck: (_loss: string, above: string) =>
      `It is ${above} above that, and steps hardly move it: it is stuck.`,
    noRate: (_loss: string) => "With a rate of 0 a step changes nothing.",
    isSlow: (_loss: string, most: string) =>
      `The rate is so small that a step changes no number by more than ${most}.`,
    diverges: (loss: string, steps: string) =>
      `Each of the last ${steps} steps has raised ${loss}: the rate is too large, and it diverges.`,
    lost: (loss: string) =>
      `${loss} is no number any more: the steps have led beyond all that can be kept.`,
    fresh: "start values with frozen biases, then one step",
    presets: "Compare rates:",
    learning: "learning …",
    failed: "The training could not be run.",
  },
  both: {
    heading: "Both modes side by side",
    one: "one mode",
    pass: (pass: number, of: number) => `pass ${pass} of ${of}`,
    reverse: "Reverse",
    forward: "Forward",
    reverseMeaning: (result: string) => `what 1 more here adds to ${result}`,
    forwardMeaning: (input: string) => `what 1 more ${input} adds here`,
    gradientOf: (input: string) => `gradient of ${input}`,
    derivativeBy: (input: string) => `derivative by ${input}`,
    notYet: "not yet",
    inPass: (pass: number) => `pass ${pass}`,
    counts: (inputs: number, reverse: number, forward: number) =>
      `${some(inputs, "input")} and 1 result: reverse mode takes ${some(reverse, "pass", "passes")}, forward mode ${forward}.`,
    nextPass: "next pass",
    timeline: "Steps of both modes",
  },
  own: {
    field: "Your function, one line or more",
    read: "read as",
    choice: (typed: string, read: string) => `${typed} is read as ${read}`,
    word: (typed: string) => `${typed} is one name`,
    log: (typed: string) => `${typed} is the natural logarithm, ln`,
    write: (shown: string) => `write ${shown}`,
    keys: "Signs",
    starts: "start values",
    presets: "Examples",
    preset: {
      square: "a square",
      neuron: "one neuron",
      polynomial: "a polynomial",
      newton: "Newton’s root",
      softmax: "softmax, cross-entropy",
      logistic: "logistic regression",
      network: "a 2-3-1 network",
    },
    kept: "Kept in this browser",
    keep: "keep",
    forget: (text: string) => `forget ${text}`,
    undo: "undo",
    code: "The same in TypeScript",
    copy: "copy",
    same: "It prints the same graph, with the same bits.",
    points: "Train on points",
    data: "Which inputs do points give?",
    target: "wanted",
    add: "add a point",
    remove: (point: number) => `remove point ${point}`,
    cell: (name: string, point: number) => `${name} of point ${point}`,
    lowers: (result: string) => `Without points training lowers ${result} itself.`,
    fits: (result: string) =>
      `Training lowers the mean of (${result} − wanted)² over the points; the graph shows the first.`,
    trouble: {
      unknown: (sign: string) => `“${sign}” means nothing here.`,
      misplaced: (sign: string) => `“${sign}” cannot stand here.`,
      unfinished: () => "Something is missing here.",
      unclosed: () => "This bracket is not closed.",
      apart: (left: string, right: string) => `A sign is missing between ${left} and ${right}.`,
      brackets: (name: string) => `${name} needs brackets: ${name}(…).`,
      noFunction: (name: string) => `${name} is no function; for a product write ${name} · (…).`,
      count: (name: string, wanted: number) =>
        wanted === 1 ? `${name} takes one number.` : `${name} takes ${wanted} numbers.`,
      comma: () => "A comma stands only between the numbers of a function; decimals have a point.",
      decimal: () => "Decimals have a point, and thousands have no comma.",
      inverse: (name: string) =>
        `${name}⁻¹ is the inverse function to some and 1/${name} to others: write which.`,
      bar: () => "This bar has no second one: write both, as in |x|.",
      bars: () => "These bars can be read in two ways: write abs(…).",
      factorial: () => "Factorials have no slope: write the product, as in 3 · 2 · x.",
      derivative: () =>
        "The graph computes all derivatives: write the function alone, as in x = t^2.",
      steps: () => "A function of steps has no slope: write the number without it, as in x/2.",
      reserved: (name: string) => `${name} has a meaning already.`,
      twice: (name: string) => `${name} is made twice.`,
      early: (name: string) => `${name} is used before it is made.`,
      notFinite: () => "This is no finite number.",
      deep: (most: number) => `More than ${most} brackets stand within each other.`,
      large: (most: number) => `More than ${most} operations are not drawn.`,
      long: (most: number) => `More than ${most} characters are not read.`,
      empty: () => "Nothing is computed yet: use a name, as in x^2.",
    },
    waiting: "Shown is the last complete function.",
  },
  teacher: {
    presenter: "presenter’s view (P)",
    leave: "leave the presenter’s view",
    hide: "Hide a number by link",
    hideValue: "hide the value, copy the link",
    hideGradient: "hide the gradient, copy the link",
    blanks: "print with blanks",
    question: (node: string) => `What stands at ${node}?`,
    full: "the whole page",
  },
  tabs: {
    heading: "Beside the graph",
    slope: "Slope",
    training: "Training",
    shares: "Shares",
    code: "Code",
    speed: "Speed",
    table: "Table",
    modes: "Modes",
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
    threads: (count: number) => `graddiff in WebAssembly, ${count} threads`,
    noWasm: "graddiff (WebAssembly is not available here)",
    agree:
      "All four give the same gradients, to the last bit. Their totals, which are added up in different orders, agree in 12 digits.",
    differ: "The ways do not agree; please report it.",
    note: (runs: number) =>
      `Total and three gradients of each purchase, in float64; the best of ${runs} runs, in turn.`,
    failed: "It could not be run.",
  },
  page: {
    skip: "to the lesson",
    lessons: "Lessons",
    settings: "Settings",
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
    damaged: (lesson: string) =>
      `This link is damaged, so “${lesson}” begins at its start. What is wrong:`,
    dismiss: "OK",
    unloaded: "A part of the page could not be loaded. Is the network there?",
    retry: "try again",
    keys: "Keys: space plays; comma and full stop step; arrows move between nodes; + and − change a number; Enter opens its card, Escape closes it; P is the presenter’s view.",
    try: (node: string, change: string) => `${node} ${change}`,
    set: (node: string, value: string) => `${node} = ${value}`,
  },
  link: {
    version: "it is of a version that this page does not know",
    lesson: "it names no lesson",
    part: (part: string) => `“${part}” is unknown or stands twice`,
    number: (text: string) => `“${text}” is no number that fits`,
    place: "it has no such place on the timeline",
    function: "the function in it cannot be read",
  },
  terminal: {
    usage: "Usage: npm start -- [options]",
    about: (lessons: number) =>
      `Computational graphs and backward propagation, in ${lessons} lessons.`,
    options: "Options:",
    lesson: "one lesson, or several with commas",
    lang: "en or ko",
    digits: "significant digits of numbers, 1 to 17 (4)",
    list: "names and titles of the lessons",
    json: "results as JSON",
    help: "this text",
    version: "the version",
    inputs: "Inputs of lessons, as in --lesson graph --apples 3:",
    function: 'your own function, as in --function "z = (x + y)^2; x = 3"',
    set: "an input of it, as in --set x=3",
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
