import jsonata from 'jsonata';
import { HELPERS, registerHelpers } from './helpers';
import { MappingFileError, type LocatedScalar, type Place } from './located';
import { compileNative, NOT_PLAIN, type Node } from './native';

/** What the names of a record are bound to while its expressions run. */
export interface Scope {
  readonly record: unknown;
  /** `$name` → value; names of `let` are added when an expression first asks for them. */
  readonly names: Record<string, unknown>;
  /** Works out the `let` names that an expression reads. */
  ensure(names: readonly string[]): Promise<void> | undefined;
}

/** A failure of one expression on one record. */
export class ExpressionError extends Error {
  constructor(
    readonly expression: Expression,
    message: string,
  ) {
    super(message);
  }
}

/** One value of a mapping file: a constant, or a JSONata expression compiled once. */
export class Expression {
  /** `$names` that it reads from outside itself, without JSONata's own functions. */
  readonly reads: readonly string[];
  /** `$functions` that it calls and does not define. */
  readonly calls: readonly string[];
  private readonly compiled: jsonata.Expression | undefined;
  private readonly native: ReturnType<typeof compileNative>;
  readonly constant: boolean;

  constructor(
    file: string,
    node: LocatedScalar,
    /** Where its result goes, e.g. `data.lines[0].quantity`. */
    readonly field: string,
  ) {
    this.at = node.at;
    this.value = node.value;
    this.constant = typeof node.value !== 'string';
    if (typeof node.value !== 'string') {
      this.text = String(node.value);
      this.reads = this.calls = [];
      return;
    }
    this.text = node.value.trim();
    try {
      this.compiled = jsonata(node.value);
    } catch (problem) {
      const { message, position } = problem as jsonata.JsonataError;
      throw new MappingFileError(file, node.placeOf(Math.max((position ?? 1) - 1, 0)), `${field}: the expression is no JSONata: ${message}`);
    }
    registerHelpers(this.compiled);
    const parsed: object = this.compiled.ast();
    const tree = parsed as Node;
    const names = namesOf(tree);
    this.calls = names.calls;
    this.reads = names.reads;
    if (tree.type === 'string' || tree.type === 'number') {
      this.constant = true;
      this.value = tree.value;
    }
    this.native = compileNative(tree);
  }

  readonly text: string;
  readonly at: Place;
  private readonly value: unknown;

  /** The result; a promise only where JSONata itself has to run. Throws ExpressionError. */
  evaluate(scope: Scope): unknown {
    if (this.constant) return this.value;
    const ready = this.reads.length > 0 ? scope.ensure(this.reads) : undefined;
    if (ready) return ready.then(() => this.run(scope));
    return this.run(scope);
  }

  private run(scope: Scope): unknown {
    if (this.native) {
      try {
        return this.native(scope);
      } catch (problem) {
        if (problem !== NOT_PLAIN) throw new ExpressionError(this, withoutValue(problem));
      }
    }
    return this.compiled?.evaluate(scope.record, scope.names).catch((problem: unknown) => {
      throw new ExpressionError(this, withoutValue(problem));
    });
  }
}

/** Names read and functions called that the expression does not bind itself. */
function namesOf(tree: unknown): { reads: string[]; calls: string[] } {
  const read = new Set<string>();
  const called = new Set<string>();
  const bound = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const { type, value } = node as Node;
    if (type === 'variable' && typeof value === 'string' && value !== '' && value !== '$') read.add(value);
    if (type === 'bind') bound.add(String(((node as Node).lhs as Node).value));
    if (type === 'lambda') for (const argument of (node as { arguments: Node[] }).arguments) bound.add(String(argument.value));
    for (const part of ['focus', 'index'] as const) if (typeof (node as Node)[part] === 'string') bound.add(String((node as Node)[part]));
    if (type === 'function' || type === 'partial') {
      const procedure = (node as Node).procedure as Node;
      if (procedure.type === 'variable' || (procedure.type === 'path' && Array.isArray(procedure.steps))) {
        const name = procedure.type === 'variable' ? procedure.value : undefined;
        if (typeof name === 'string') called.add(name);
      }
    }
    for (const [part, inner] of Object.entries(node)) if (part !== 'value' || typeof inner === 'object') if (part !== 'procedure' || !called.has(String((inner as Node).value))) visit(inner);
  };
  visit(tree);
  const outside = (names: Set<string>) => [...names].filter((name) => !bound.has(name));
  return { reads: outside(read), calls: outside(called).filter((name) => !HELPERS.has(name)) };
}

/** JSONata quotes the value that it stumbled over; a value could be a patient's, and the raw message is kept anyway. */
function withoutValue(problem: unknown): string {
  const { message, value } = problem as { message?: string; value?: unknown };
  const text = message ?? String(problem);
  return value === undefined ? text : text.replace(JSON.stringify(value) ?? '', '…').replace(String(value), '…');
}

/** Which of the names JSONata knows as functions of its own. */
export async function knownFunction(name: string): Promise<boolean> {
  return (await jsonata(`$type($${name})`).evaluate({})) === 'function';
}
