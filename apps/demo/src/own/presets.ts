/**
 * Example functions to begin with.
 */

import { OWN_START } from "../course/lessons/ownStart.ts";

export const PRESETS = {
  square: OWN_START,
  neuron:
    "y = σ(w1*x1 + w2*x2 + b)\nE = (t − y)²/2\nx1 = 1; x2 = 0.5; w1 = 0.4; w2 = −0.3; b = 0.1; t = 1",
  polynomial: "y = x⁴ − 3x² + x\nx = 1.5",
  newton: "f = x² − a\nnext = x − f/(2x)\nx = 1; a = 2",
  softmax: "s = exp(z1) + exp(z2) + exp(z3)\np1 = exp(z1)/s\nE = −ln(p1)\nz1 = 1; z2 = 2; z3 = 0.5",
  logistic: "p = σ(w*x + b)\nE = −t*ln(p) − (1 − t)*ln(1 − p)\nx = 1.5; w = 0.5; b = −0.2; t = 1",
  network:
    "h1 = σ(w1*x1 + w2*x2 + b1)\nh2 = σ(w3*x1 + w4*x2 + b2)\nh3 = σ(w5*x1 + w6*x2 + b3)\no = σ(v1*h1 + v2*h2 + v3*h3 + c)\nE = (t − o)²/2\nx1 = 0.2; x2 = 0.9; t = 1\nw1 = 0.5; w2 = −0.4; b1 = 0.1; w3 = −0.3; w4 = 0.8; b2 = −0.2\nw5 = 0.7; w6 = 0.3; b3 = 0; v1 = 0.6; v2 = −0.5; v3 = 0.4; c = 0.1",
} as const;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];
