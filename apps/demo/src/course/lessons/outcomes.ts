/**
 * The errors that lessons mention. A test writes them, so that the page need not train for them.
 */

export const outcomes = {
  /** The errors with targets far from 0 and 1: before training, and after training with each rate. */
  before: 0.07668083310996997,
  trained: { slow: 0.06371459626213727, learn: 4.473301581788634e-23, stuck: 0.26 },
  frozen: { slow: 0.07298724753079647, learn: 1.6262912662660811e-21, stuck: 0.2599999970838228 },
  /** The error after one step from the published start. */
  afterOne: 0.29102777369359933,
  /** Mean errors over the points of the lesson on several points, and over its held-out points. */
  points: {
    before: 0.1355587113010942,
    after: 0.0015637275982707385,
    heldBefore: 0.1356932575994345,
    heldAfter: 0.00046094030375438527,
  },
} as const;
