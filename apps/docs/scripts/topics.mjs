/**
 * The topics of the reference, in reading order: the name of the page, its title, the packages' files whose exports it
 * describes, and a sentence about the topic.
 *
 * @type {readonly (readonly [string, string, RegExp, string])[]}
 */
export const TOPICS = [
  [
    "tensors",
    "Tensors",
    /^core\/(tensor|graph\/message)/,
    "Creation, dtypes, reading and printing.",
  ],
  [
    "derivatives",
    "Derivatives",
    /^core\/(differentiate|implicit|graph\/(functions|tree|recordable|recording|variable)|bodies\/customGradient|ops\/identity)/,
    "Gradients, products with Jacobians, batches, and derivatives of your own.",
  ],
  [
    "graphs",
    "Graphs",
    /^core\/(draw|compile\/drawings)/,
    "The graph of a computation as a value, and its drawings.",
  ],
  [
    "compile",
    "Compile and run",
    /^core\/(compile|ports|run|webgpu)/,
    "Compiled functions, their programs, threads, WebGPU and memory.",
  ],
  [
    "control",
    "Loops and conditions",
    /^core\/bodies\/(scan|whileLoop|conditional|checkpoint)/,
    "Loops and conditions that stay in the graph.",
  ],
  [
    "elementwise",
    "Elementwise functions",
    /^core\/ops\/(activation|activations|arithmetic|bessel|bits|classify|clip|cast|comparison|countQuantiles|division|gamma|hyperbolic|incompleteBeta|incompleteGamma|inverse|normal|pairs|powers|quantiles|rounding|special|transcendental|registry)$/,
    "Functions of each element, comparisons and choices.",
  ],
  [
    "reductions",
    "Reductions and statistics",
    /^core\/(ops\/(reduction|prod|counting|statistics|cumulative|scans|normalizing)|functions\/(nanReductions|quantiles|covariance|differences|segments|norms))$/,
    "Sums, means, extremes, cumulative sums, norms and shares.",
  ],
  [
    "shapes",
    "Shapes and indices",
    /^core\/(ops\/(view|joining|splitting|indexing|putting|selecting|sorting)|functions\/(arranging|parts))$/,
    "Views, parts, joins, gathers, scatters and orders.",
  ],
  [
    "products",
    "Products",
    /^core\/(ops\/contraction|functions\/(products|einsum|similarity)|bodies\/attention)$/,
    "Matrix products, einsum and attention.",
  ],
  [
    "images",
    "Convolutions and images",
    /^core\/(ops\/(convolution|pooling|windows|unfold)|functions\/(adaptivePooling|averagePooling|gridSample|images|interpolate|transposedConvolution))$/,
    "Convolutions, pooling, sampling. Images are [batch, channels, height, width].",
  ],
  [
    "random",
    "Random numbers",
    /^core\/(ops\/(random|sequences|gammaDraws)|functions\/(distributions|drawing)|layers\/draws)$/,
    "Draws from distributions, each from a seed.",
  ],
  [
    "linalg",
    "Linear algebra",
    /^core\/linalg/,
    "Factorisations and systems, over stacks of matrices.",
  ],
  [
    "fft",
    "Fourier transforms",
    /^core\/fft/,
    "Spectra of real and complex numbers, windows, and convolutions by spectra.",
  ],
  [
    "lesson",
    "Layers by hand",
    /^core\/layers/,
    "Nodes with forward and backward, for the lesson and for models of your own.",
  ],
  [
    "models",
    "Models",
    /^core\/models/,
    "What a model is made of, what it costs, and where a NaN begins.",
  ],
  ["layers", "Layers", /^nn\/layers/, "The layers of networks, and their initial weights."],
  ["losses", "Losses", /^nn\/losses/, "Losses take logits, a mask and a reduction."],
  [
    "optimizers",
    "Optimizers",
    /^nn\/optimizers/,
    "Optimizers, schedules of their rates, averages of weights.",
  ],
  ["metrics", "Metrics", /^nn\/metrics/, "Scores of predictions, whole or batch by batch."],
  ["training", "Training", /^nn\/training/, "fit, steps of your own, and curves of the loss."],
  [
    "data",
    "Data",
    /^nn\/(data|images)/,
    "Batches, splits, standard scores, and images changed at random.",
  ],
  ["generation", "Generation", /^nn\/generation/, "Tokens from a model, one by one."],
  [
    "solve",
    "Fit and simulate",
    /^solve/,
    "Least squares, roots, minima, integrals and differential equations.",
  ],
  [
    "stats",
    "Bayesian statistics",
    /^stats/,
    "Distributions, models, the sampler NUTS, and diagnostics of its draws.",
  ],
  ["files", "Files", /^files/, "safetensors, NPY, NPZ, PyTorch's files, and checkpoints."],
  ["onnx", "ONNX", /^onnx/, "Functions as ONNX models, and models as functions."],
  ["errors", "Errors", /^core\/errors/, "The classes of errors, and what to do about each."],
  [
    "extend",
    "For authors",
    /^core\/(arguments|families\/checking|graph\/guards|layers\/(beginnings|place)|ops\/(checked|promote)|tensor\/shape)$/,
    "What packages of layers, losses and optimizers are written with: `@graddiff/core/extend`.",
  ],
];
