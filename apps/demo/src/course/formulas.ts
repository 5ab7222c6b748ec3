/**
 * The formulas of the lessons: TeX, which the build converts to MathML, and plain text for the terminal.
 */

export const formulas = {
  error: { tex: "E_k = t_k - o_k", text: "E_k = t_k − o_k" },
  share: {
    tex: "E_{h1} = \\frac{w_5}{w_5 + w_6} E_1 + \\frac{w_7}{w_7 + w_8} E_2",
    text: "E_h1 = w5 / (w5 + w6) · E_1 + w7 / (w7 + w8) · E_2",
  },
  product: {
    tex: "\\frac{\\partial (a \\cdot b)}{\\partial a} = b, \\qquad \\frac{\\partial (a \\cdot b)}{\\partial b} = a",
    text: "∂(a · b)/∂a = b,  ∂(a · b)/∂b = a",
  },
  sum: {
    tex: "\\frac{\\partial (a + b)}{\\partial a} = \\frac{\\partial (a + b)}{\\partial b} = 1",
    text: "∂(a + b)/∂a = ∂(a + b)/∂b = 1",
  },
  square: { tex: "z = t^2, \\qquad t = x + y", text: "z = t², t = x + y" },
  chain: {
    tex: "\\frac{dz}{dx} = \\frac{dz}{dt} \\cdot \\frac{dt}{dx} = 2t \\cdot 1",
    text: "dz/dx = dz/dt · dt/dx = 2t · 1",
  },
  paths: {
    tex: "\\frac{\\partial L}{\\partial x} = \\frac{\\partial L}{\\partial s} \\frac{\\partial s}{\\partial x} + \\frac{\\partial L}{\\partial p} \\frac{\\partial p}{\\partial x}",
    text: "∂L/∂x = ∂L/∂s · ∂s/∂x + ∂L/∂p · ∂p/∂x",
  },
  reciprocal: {
    tex: "\\frac{d}{ds} \\frac{1}{s} = - \\frac{1}{s^2} = -o^2",
    text: "d(1/s)/ds = −1/s² = −o²",
  },
  sigma: { tex: "\\frac{do}{dx} = o \\cdot (1 - o)", text: "do/dx = o · (1 − o)" },
  oneError: { tex: "E = \\tfrac12 (t - o)^2", text: "E = ½ (t − o)²" },
  weight: {
    tex: "\\frac{\\partial E}{\\partial w_1} = -(t - o) \\cdot o (1 - o) \\cdot x_1",
    text: "∂E/∂w1 = −(t − o) · o (1 − o) · x1",
  },
  update: {
    tex: "w \\leftarrow w - \\eta \\, \\frac{\\partial E}{\\partial w}",
    text: "w ← w − η · ∂E/∂w",
  },
  totalError: { tex: "E = \\tfrac12 \\left( E_1^2 + E_2^2 \\right)", text: "E = ½ (E_1² + E_2²)" },
} as const;

export type FormulaName = keyof typeof formulas;
