/** Virtual time: what is to happen, in order of instant, then of planning. */
export class Scheduler {
  private readonly times: number[] = [];
  private readonly turns: number[] = [];
  private readonly actions: (() => void)[] = [];
  private turn = 0;

  constructor(public now: number) {}

  /** The instant of the next action; Infinity where nothing is planned. */
  get next(): number {
    return this.times[0] ?? Infinity;
  }

  /** Plans an action; an instant that has passed means now. */
  at(time: number, action: () => void): void {
    const when = Math.max(Math.round(time), this.now);
    const { times, turns, actions } = this;
    let i = times.length;
    const turn = this.turn++;
    times.push(when);
    turns.push(turn);
    actions.push(action);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(i, parent)) break;
      this.swap(i, parent);
      i = parent;
    }
  }

  after(delay: number, action: () => void): void {
    this.at(this.now + delay, action);
  }

  /** Takes the next action out and does it. */
  step(): void {
    const { times, turns, actions } = this;
    const action = actions[0];
    const when = times[0];
    if (action === undefined || when === undefined) return;
    const last = times.length - 1;
    this.swap(0, last);
    times.pop();
    turns.pop();
    actions.pop();
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= last) break;
      const right = left + 1;
      const child = right < last && this.before(right, left) ? right : left;
      if (!this.before(child, i)) break;
      this.swap(i, child);
      i = child;
    }
    this.now = when;
    action();
  }

  private before(i: number, j: number): boolean {
    const ti = this.times[i] ?? 0;
    const tj = this.times[j] ?? 0;
    return ti < tj || (ti === tj && (this.turns[i] ?? 0) < (this.turns[j] ?? 0));
  }

  private swap(i: number, j: number): void {
    exchange(this.times, i, j);
    exchange(this.turns, i, j);
    exchange(this.actions, i, j);
  }
}

function exchange<T>(list: T[], i: number, j: number): void {
  const [a, b] = [list[i], list[j]];
  if (a === undefined || b === undefined) return;
  list[i] = b;
  list[j] = a;
}
