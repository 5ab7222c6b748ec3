/**
 * The state of one instrument as signals: what is chosen stands in the link, everything else follows from it. Nothing
 * of it is outside of its store, so that several instruments stand on one page.
 */

import type { Graph, Tensor } from "@graddiff/core";
import {
  batch,
  computed,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import type { Catalogue, LessonName } from "../course/catalogue/index.ts";
import type { Language } from "../course/catalogue/languages.ts";
import {
  complaintAbout,
  type InputValues,
  initialInputs,
  type Lesson,
  type Offer,
  type RunStep,
  type Shares,
  type Situation,
} from "../course/lesson.ts";
import { findLesson, lessons } from "../course/lessons.ts";
import { type Answer, isRight, MOST_TRIES } from "../instrument/answer.ts";
import { DEFAULT_DIGITS, type Digits, formatNumber, formatTensor } from "../instrument/format.ts";
import { formulaOf } from "../instrument/formula.ts";
import { initialState, type State } from "../instrument/link.ts";
import { NodeKeys } from "../instrument/nodeKeys.ts";
import { type Asked, Readings } from "../instrument/readings.ts";
import {
  type Mode,
  Progress,
  placeOf,
  type TimelineStep,
  timelineOf,
} from "../instrument/timeline.ts";
import { type Arranged, arrange, type Box } from "./arrange.ts";
import { roundTo, stepOf } from "./change.ts";
import { Checks } from "./checks.ts";
import { Trainer } from "./trainer.ts";
import { type Engine, workerEngine } from "./work/engine.ts";

/** The graph before a change, to compare what was told with what came. */
export interface Baseline {
  readonly node: number;
  readonly graph: Graph;
}

/** Where checks are explained. */
const CHECKS = placeOfChecks();

function placeOfChecks() {
  const steps = lessons.map(({ run }) => run.findIndex(({ checks }) => checks === true));
  const lesson = steps.findIndex((step) => step >= 0);
  return { lesson, step: steps[lesson] ?? 0 };
}

const UNANSWERED: Answer = { said: [], isShown: false };

/** A number that no input limits. */
const ANY = { initial: 0, step: 1 };

const FIRST: Lesson = lessons[0] ?? fail();

function fail(): never {
  throw new Error("there are no lessons");
}

/** The part of the stage that is in sight, in pixels. */
export interface View {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The number of stores, which tells the ids of their elements apart. */
let stores = 0;

export class Store {
  readonly language: Language;
  readonly texts: Catalogue;
  readonly engine: Engine;
  readonly trainer: Trainer;
  readonly checks: Checks;
  /** What the ids of this store's elements begin with. */
  readonly prefix = `g${stores++}`;
  readonly state: Signal<State>;
  /** Why a link was refused. */
  readonly damage = signal<string | undefined>(undefined);
  /** Ids of the nodes that are pointed at. */
  readonly lit = signal<ReadonlySet<number>>(new Set());
  /** The room for the stage. */
  readonly box = signal<Box>({ width: 860, height: 520 });
  readonly view = signal<View>({ left: 0, right: 1200, top: 0, bottom: 800 });
  readonly baseline = signal<Baseline | undefined>(undefined);
  /** Answers to the questions of guided runs, by step. */
  readonly answers = signal<ReadonlyMap<string, Answer>>(new Map());
  readonly playing = signal(false);

  readonly #adjusted: ReadonlySignal<State["adjusted"]>;
  readonly #keys: ReadonlySignal<NodeKeys>;
  readonly lesson: ReadonlySignal<Lesson>;
  readonly step: ReadonlySignal<RunStep>;
  readonly digits: ReadonlySignal<Digits>;
  /** The inputs, with what training has made of them. */
  readonly values: ReadonlySignal<InputValues>;
  readonly graph: ReadonlySignal<Graph>;
  readonly arranged: ReadonlySignal<Arranged>;
  readonly mode: ReadonlySignal<Mode>;
  readonly steps: ReadonlySignal<readonly TimelineStep[]>;
  readonly place: ReadonlySignal<number>;
  readonly progress: ReadonlySignal<Progress>;
  readonly tangents: ReadonlySignal<readonly (Tensor | undefined)[]>;
  readonly shares: ReadonlySignal<Shares | undefined>;
  readonly chosen: ReadonlySignal<number | undefined>;
  readonly asked: ReadonlySignal<Asked | undefined>;
  readonly readings: ReadonlySignal<Readings>;
  /** Whether checks have been explained, at the step of the moment or before. */
  readonly showsChecks: ReadonlySignal<boolean>;

  constructor(
    language: Language,
    texts: Catalogue,
    state: State = initialState(FIRST),
    engine: Engine = workerEngine(),
  ) {
    this.language = language;
    this.texts = texts;
    this.engine = engine;
    this.state = signal(state);
    const of = <Key extends keyof State>(key: Key) => computed(() => this.state.value[key]);
    const [inputs, adjusted, opened] = [of("inputs"), of("adjusted"), of("opened")];
    this.#adjusted = adjusted;
    const name = of("lesson");
    this.lesson = computed(() => findLesson(name.value) ?? FIRST);
    const stepNumber = of("step");
    this.step = computed(() => {
      const { run } = this.lesson.value;
      return run[stepNumber.value] ?? run[0] ?? fail();
    });
    this.showsChecks = computed(() => {
      const [lesson, place] = [this.lesson.value, lessons.indexOf(this.lesson.value)];
      if (place !== CHECKS.lesson) return place < 0 || place > CHECKS.lesson;
      return lesson.run.indexOf(this.step.value) >= CHECKS.step;
    });
    const digits = of("digits");
    this.digits = computed(() => digits.value ?? DEFAULT_DIGITS);
    this.trainer = new Trainer(this);
    this.values = computed(() => {
      const { inputs: start, parameters } = this.trainer.shown.value ?? {};
      return start === undefined ? inputs.value : { ...start, ...parameters };
    });
    // No edit changes the structure of a lesson's graph.
    this.#keys = computed(
      () => new NodeKeys(this.lesson.value.explain(initialInputs(this.lesson.value))),
    );
    this.graph = computed(() => {
      const graph = this.lesson.value.explain(this.values.value);
      const differences = Object.entries(adjusted.value).flatMap(([key, by]) => {
        const id = this.#keys.value.id(key);
        return id === undefined ? [] : [[id, by] as const];
      });
      return differences.length === 0 ? graph : graph.adjusted(Object.fromEntries(differences));
    });
    this.arranged = computed(() => {
      const [lesson, box] = [this.lesson.value, this.box.value];
      const open = opened.value.flatMap((key) => this.#keys.value.id(key) ?? []);
      const precision = this.digits.value;
      const graph = untracked(() => this.graph.value);
      return arrange(graph, lesson, open, box, precision, this.texts);
    });
    const modeName = of("mode");
    this.mode = computed(() => {
      const by = modeName.value ?? this.step.value.forwardBy;
      return by === undefined || by === "reverse" ? { kind: "reverse" } : { kind: "forward", by };
    });
    this.steps = computed(() => {
      const { layout } = this.arranged.value;
      const graph = untracked(() => this.graph.value);
      return timelineOf(graph, layout, this.mode.value.kind, this.lesson.value.forwardOnly);
    });
    const place = of("place");
    this.place = computed(() => {
      const graph = untracked(() => this.graph.value);
      const wanted = place.value ?? placeOf(this.steps.value, graph, this.step.value.at);
      return Math.min(wanted, this.steps.value.length);
    });
    this.progress = computed(() => {
      const graph = untracked(() => this.graph.value);
      return new Progress(graph, this.arranged.value.layout, this.steps.value, this.place.value);
    });
    this.tangents = computed(() => {
      const mode = this.mode.value;
      return mode.kind === "forward" ? this.graph.value.tangents({ [mode.by]: 1 }) : [];
    });
    this.shares = computed(() => {
      if (this.step.value.shares !== true || !this.isDone()) return undefined;
      return this.lesson.value.shares?.(this.graph.value);
    });
    const node = of("node");
    this.chosen = computed(() => {
      const id =
        node.value === undefined
          ? this.idOf(this.step.value.node)
          : this.#keys.value.id(node.value);
      return id !== undefined && this.arranged.value.places.has(id) ? id : undefined;
    });
    this.asked = computed(() => {
      const { ask } = this.step.value;
      if (ask === undefined || !this.canAsk() || this.answer().isShown) return undefined;
      const id = this.idOf(ask.node);
      return id === undefined ? undefined : { id, what: ask.what };
    });
    this.readings = computed(
      () =>
        new Readings({
          graph: this.graph.value,
          progress: this.progress.value,
          routesFrom: this.arranged.value.routesFrom,
          mode: this.mode.value.kind,
          tangents: this.tangents.value,
          asked: this.asked.value,
          shares: this.shares.value,
          detailed: this.arranged.value.detailed,
          digits: this.digits.value,
        }),
    );
    this.checks = new Checks(this);
  }

  /** The id of a key; undefined where no node has it. */
  idOfKey(key: string): number | undefined {
    return this.#keys.value.id(key);
  }

  /** The id of a name, which no edit changes. */
  idOf(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    this.lesson.value;
    return untracked(() => this.graph.value).node(name)?.id;
  }

  /** What texts are filled from, and what tells which of them are true. */
  situation(): Situation {
    const [readings, { layout, places, detailed }] = [this.readings.value, this.arranged.value];
    const isReverse = this.mode.value.kind === "reverse";
    return {
      inputs: this.values.value,
      graph: this.graph.value,
      digits: this.digits.value,
      mode: this.mode.value,
      isDerivativeShown: (name) => readings.hasDerivative(this.idOf(name) ?? -1),
      isProductShown: (from, to) => {
        const [start, end] = [this.idOf(from), this.idOf(to)];
        const route = layout.routes.find((each) => each.from === start && each.to === end);
        const isAsked = start !== undefined && readings.isAsked("gradient", start);
        return route?.label !== undefined && !isAsked && readings.productText(route) !== "";
      },
      isFolded: (name) => (places.get(this.idOf(name) ?? -1)?.hides.length ?? 0) > 0,
      hasChecks: isReverse && detailed && this.showsChecks.value,
      hasShares: this.shares.value !== undefined,
    };
  }

  /** What a node computes: the symbol of its op, a formula where others are folded into it, or what it is. */
  operationOf(id: number): string {
    const { node: words } = this.texts;
    const graph = untracked(() => this.graph.value);
    const { kind, op } = graph.nodes[id] ?? {};
    if (op === undefined) return kind === "constant" ? words.constant : words.input;
    const place = this.arranged.value.places.get(id);
    if (place === undefined || place.hides.length === 0) return op.symbol;
    return formulaOf(graph, place, (each) => this.nameOf(each)) ?? op.symbol;
  }

  /** What was added to a node, in words; "" where nothing was. */
  changeOf(id: number): string {
    const difference = this.graph.value.nodes[id]?.difference;
    return difference === undefined ? "" : this.texts.node.changed(this.tensor(difference));
  }

  /** What a node is called in the language of the page. */
  nameOf(id: number): string {
    // No edit changes a name.
    const node = untracked(() => this.graph.value).nodes[id];
    const { nodes } = this.texts.lessons[this.lesson.value.name];
    const known: Readonly<Record<string, string>> = nodes;
    if (node?.name !== undefined) return known[node.name] ?? node.name;
    return node?.op?.symbol ?? formatTensor(node?.value, this.digits.value);
  }

  /** What an input is called that is no node. */
  inputName(name: string): string {
    const names: Readonly<Record<string, string>> = this.texts.inputs;
    return names[name] ?? name;
  }

  number(value: number): string {
    return formatNumber(value, this.digits.value);
  }

  tensor(value: Tensor | undefined): string {
    return formatTensor(value, this.digits.value);
  }

  /** Changes the state; what follows from it is computed once. */
  update(change: Partial<State>): void {
    this.state.value = { ...this.state.value, ...change };
  }

  goToLesson(name: LessonName): void {
    batch(() => {
      this.playing.value = false;
      this.baseline.value = undefined;
      const { digits } = this.state.value;
      this.state.value = { ...initialState(findLesson(name) ?? FIRST), digits };
    });
  }

  /** Goes to a step of the guided run; edits stay. */
  goToStep(step: number): void {
    batch(() => {
      this.playing.value = false;
      this.baseline.value = undefined;
      this.update({ step, place: undefined, node: undefined, mode: undefined });
    });
  }

  goToPlace(place: number): void {
    this.update({ place: Math.max(0, Math.min(place, this.steps.value.length)) });
  }

  choose(node: number | undefined): void {
    if (node === this.chosen.value) return;
    this.update({ node: node === undefined ? undefined : this.#keys.value.of(node) });
  }

  toggle(id: number): void {
    const { opened } = this.state.value;
    const key = this.#keys.value.of(id);
    const open = opened.includes(key) ? opened.filter((each) => each !== key) : [...opened, key];
    this.update({ opened: open, place: this.isDone() ? undefined : this.state.value.place });
  }

  openAll(open: boolean): void {
    const ids = (this.lesson.value.folded ?? []).flatMap((name) => this.idOf(name) ?? []);
    this.update({ opened: open ? ids.map((id) => this.#keys.value.of(id)) : [], place: undefined });
  }

  isDone(): boolean {
    return this.place.value === this.steps.value.length;
  }

  /** Keeps the graph as it is before a change of a node. */
  begin(node: number): void {
    batch(() => {
      this.baseline.value = { node, graph: this.graph.value };
      this.choose(node);
    });
  }

  /** What is wrong with a number for a node; undefined if nothing. */
  complaint(id: number, value: number, label = this.nameOf(id)): string | undefined {
    return complaintAbout(this.#input(id) ?? ANY, value, label, this.texts);
  }

  /** Gives a node a value: inputs have theirs, and a difference is added to others. */
  setValue(id: number, wanted: number): void {
    if (this.complaint(id, wanted) !== undefined) return;
    const node = this.graph.value.nodes[id];
    const present = node?.value;
    if (node === undefined || present === undefined || present.rank > 0) return;
    if (this.#input(id) !== undefined && node.name !== undefined) {
      this.setSetting(node.name, wanted);
      return;
    }
    this.#adjust(id, this.#differenceOf(id) + wanted - present.item());
  }

  #differenceOf(id: number): number {
    return this.#adjusted.value[this.#keys.value.of(id)] ?? 0;
  }

  /** Gives a node a difference, or with 0 takes it back; there is none that leads away from an infinite value. */
  #adjust(id: number, difference: number): void {
    if (!Number.isFinite(difference)) return;
    const key = this.#keys.value.of(id);
    const { [key]: _, ...others } = this.state.value.adjusted;
    this.update({ adjusted: difference === 0 ? others : { ...others, [key]: difference } });
  }

  /** Another number for an input. What was trained is where it goes on from. */
  setSetting(name: string, value: number): void {
    this.update({ inputs: { ...this.values.value, [name]: value }, trained: 0 });
  }

  /** Adds to a node, as one change. A number that cannot be seen yet is not changed. */
  addTo(id: number, by: number): void {
    if (!this.progress.value.hasValue(id)) return;
    const value = this.graph.value.nodes[id]?.value?.item() ?? 0;
    batch(() => {
      this.begin(id);
      if (this.#input(id) !== undefined) this.setValue(id, roundTo(value + by, Math.abs(by)));
      else this.#adjust(id, this.#differenceOf(id) + by);
    });
  }

  /** Makes a change that a step offers. */
  take(offer: Offer): void {
    if ("train" in offer) {
      batch(() => {
        this.reset();
        this.update({ inputs: { ...offer.inputs }, trained: offer.train });
      });
      return;
    }
    const id = this.idOf(offer.node);
    if (id === undefined) return;
    batch(() => {
      // What is changed must be seen.
      if (!this.progress.value.hasValue(id)) this.update({ place: undefined });
      if ("by" in offer) this.addTo(id, offer.by);
      else {
        this.begin(id);
        this.setValue(id, offer.to(this.values.value));
      }
    });
  }

  /** True if a difference was added to a node. */
  isAdjusted(id: number): boolean {
    return this.#differenceOf(id) !== 0;
  }

  /** True if a difference was added to any node. */
  hasAdjusted(): boolean {
    return Object.keys(this.#adjusted.value).length > 0;
  }

  /** By how much one step of a key or of a drag changes a node. */
  stepOf(id: number): number {
    return this.#input(id)?.step ?? stepOf(this.graph.value.nodes[id]?.value?.item() ?? 0);
  }

  /** Takes back the difference of a node. */
  undo(id: number): void {
    batch(() => {
      this.baseline.value = undefined;
      this.#adjust(id, 0);
    });
  }

  reset(): void {
    batch(() => {
      this.baseline.value = undefined;
      this.update({ inputs: initialInputs(this.lesson.value), adjusted: {}, trained: 0 });
    });
  }

  isChanged(): boolean {
    const { inputs, trained } = this.state.value;
    const start = initialInputs(this.lesson.value);
    const edited = Object.entries(inputs).some(([name, value]) => value !== start[name]);
    return edited || trained > 0 || this.hasAdjusted();
  }

  #questionKey(): string {
    const { lesson, step } = this.state.value;
    return `${lesson} ${step}`;
  }

  /** True if the number that the step asks for will come: no gradient does in forward mode. */
  canAsk(): boolean {
    return this.step.value.ask?.what !== "gradient" || this.mode.value.kind === "reverse";
  }

  /** What was answered to the question of the step. */
  answer(): Answer {
    return this.answers.value.get(this.#questionKey()) ?? UNANSWERED;
  }

  #setAnswer(answer: Answer): void {
    this.answers.value = new Map(this.answers.value).set(this.#questionKey(), answer);
  }

  /** The number that the question of the step asks for. */
  askedNumber(): number {
    const { ask } = this.step.value;
    const node = this.graph.value.nodes[this.idOf(ask?.node) ?? -1];
    return (ask?.what === "value" ? node?.value : node?.gradient)?.item() ?? Number.NaN;
  }

  /** Hears an answer: the right one and the last try show the number. */
  say(number: number): void {
    const said = [...this.answer().said, number];
    const isShown = isRight(number, this.askedNumber()) || said.length >= MOST_TRIES;
    this.#setAnswer({ said, isShown });
  }

  showAnswer(): void {
    this.#setAnswer({ ...this.answer(), isShown: true });
  }

  #input(id: number) {
    const name = this.graph.value.nodes[id]?.name;
    const { inputs } = this.lesson.value;
    return name !== undefined && Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  }
}
