import { HELPERS } from './helpers';

/**
 * The plain part of JSONata, run directly: literals, paths through objects, comparisons, conditions and helpers.
 * A mapping asks some forty of these for each record, and JSONata's evaluator takes 5 to 25 µs for each. Whatever is
 * not plain here, or turns out not to be plain on a record (an array on a path, values of other types), is left to
 * JSONata itself, which then gives the result or the error; so the two can only agree.
 */

/** JSONata's tree; it has parts that its type declarations do not name. */
export interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly [part: string]: unknown;
}

export interface Surroundings {
  readonly record: unknown;
  readonly names: Readonly<Record<string, unknown>>;
}

type Native = (around: Surroundings) => unknown;

/** Thrown where JSONata itself has to decide. */
export const NOT_PLAIN = Symbol('not plain');

const bail: Native = () => {
  throw NOT_PLAIN;
};

/** A function for the tree, or undefined where nothing of it is plain. */
export function compileNative(tree: Node): Native | undefined {
  const made = compile(tree);
  return made === bail ? undefined : made;
}

const DECORATED = ['predicate', 'stages', 'group', 'focus', 'index', 'ancestor', 'tuple', 'keepArray', 'keepSingletonArray', 'sort'] as const;

function compile(node: Node): Native {
  if (DECORATED.some((part) => node[part] !== undefined && node[part] !== false)) return bail;
  const { value } = node;
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return () => value;
    case 'variable':
      return variable(value);
    case 'path':
      return path(node.steps as Node[]);
    case 'condition': {
      const [condition, yes] = [compile(node.condition as Node), compile(node.then as Node)];
      const no: Native = node.else === undefined ? () => undefined : compile(node.else as Node);
      return (around) => (truth(condition(around)) ? yes(around) : no(around));
    }
    case 'binary':
      return binary(String(value), compile(node.lhs as Node), compile(node.rhs as Node));
    case 'unary': {
      if (value !== '[' || !Array.isArray(node.expressions)) return bail;
      const items = (node.expressions as Node[]).map((item) => ({ item: compile(item), literal: item.type === 'string' || item.type === 'number' }));
      if (!items.every(({ literal }) => literal)) return bail;
      const list = items.map(({ item }) => item({ record: undefined, names: {} }));
      return () => list;
    }
    case 'block': {
      const inside = node.expressions as Node[];
      return inside.length === 1 && inside[0] ? compile(inside[0]) : bail;
    }
    case 'function':
      return call(node);
    default:
      return bail;
  }
}

function variable(name: unknown): Native {
  if (typeof name !== 'string' || name === '' || name === '$') return bail;
  return ({ names }) => names[name];
}

function path(steps: readonly Node[]): Native {
  const [first, ...others] = steps;
  if (!first || steps.some((step) => DECORATED.some((part) => step[part] !== undefined && step[part] !== false))) return bail;
  const rooted = first.type === 'variable';
  const keys = (rooted ? others : steps).map((step) => (step.type === 'name' && typeof step.value === 'string' ? step.value : undefined));
  if (keys.includes(undefined)) return bail;
  const root = rooted ? variable(first.value) : ({ record }: Surroundings) => record;
  if (root === bail) return bail;
  return (around) => {
    let at = root(around);
    for (const key of keys as string[]) {
      if (Array.isArray(at)) throw NOT_PLAIN;
      if (at === null || typeof at !== 'object') return undefined;
      at = Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
    }
    return at;
  };
}

/** JSONata's truth, for plain values. */
function truth(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) throw NOT_PLAIN;
  return Boolean(value);
}

function plainValue(value: unknown): unknown {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') throw NOT_PLAIN;
  return value;
}

function binary(operator: string, left: Native, right: Native): Native {
  switch (operator) {
    case 'and':
      return (around) => truth(left(around)) && truth(right(around));
    case 'or':
      return (around) => truth(left(around)) || truth(right(around));
    case '=':
    case '!=':
      return (around) => {
        const a = plainValue(left(around));
        const b = plainValue(right(around));
        // What is not there equals nothing and differs from nothing.
        if (a === undefined || b === undefined) return false;
        return operator === '=' ? a === b : a !== b;
      };
    case 'in':
      return (around) => {
        const a = plainValue(left(around));
        const b = right(around);
        if (a === undefined || b === undefined) return false;
        return (Array.isArray(b) ? b : [b]).includes(a);
      };
    case '&':
      return (around) => text(left(around)) + text(right(around));
    case '+':
    case '-':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return (around) => {
        const a = left(around);
        const b = right(around);
        if (typeof a === 'number' && typeof b === 'number') return operator === '+' ? a + b : operator === '-' ? a - b : compare(operator, a, b);
        if (typeof a !== 'string' || typeof b !== 'string' || operator === '+' || operator === '-') throw NOT_PLAIN;
        return compare(operator, a, b);
      };
    default:
      return bail;
  }
}

function compare<T extends string | number>(operator: string, a: T, b: T): boolean {
  return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b;
}

function text(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw NOT_PLAIN;
}

/** JSONata's own functions that are plain where every argument has the type that it wants. */
const BUILT_IN: Readonly<Record<string, { wants: readonly ('string' | 'boolean' | 'any')[]; run: (...given: never[]) => unknown }>> = {
  exists: { wants: ['any'], run: (value: unknown) => value !== undefined },
  not: { wants: ['boolean'], run: (value: boolean) => !value },
  count: { wants: ['any'], run: (value: unknown) => (value === undefined ? 0 : Array.isArray(value) ? value.length : 1) },
  contains: { wants: ['string', 'string'], run: (whole: string, part: string) => whole.includes(part) },
  lowercase: { wants: ['string'], run: (whole: string) => whole.toLowerCase() },
  substringBefore: { wants: ['string', 'string'], run: (whole: string, mark: string) => (whole.includes(mark) ? whole.slice(0, whole.indexOf(mark)) : whole) },
  substringAfter: { wants: ['string', 'string'], run: (whole: string, mark: string) => (whole.includes(mark) ? whole.slice(whole.indexOf(mark) + mark.length) : whole) },
};

function call(node: Node): Native {
  const procedure = node.procedure as Node;
  const name = procedure.type === 'variable' ? String(procedure.value) : '';
  const given = (node.arguments as Node[]).map(compile);
  const helper = HELPERS.get(name);
  if (helper) return (around) => helper(...given.map((argument) => argument(around)));
  const known = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (!known || known.wants.length !== given.length) return bail;
  const run = known.run as (...values: unknown[]) => unknown;
  return (around) => {
    const values = given.map((argument) => argument(around));
    if (known.wants[0] === 'string' && values[0] === undefined) return undefined;
    if (values.some((value, i) => known.wants[i] !== 'any' && typeof value !== known.wants[i])) throw NOT_PLAIN;
    return run(...values);
  };
}
