import type { z } from 'zod';

/**
 * A quick test made from a schema: true means that zod would accept the value, false that it has to be asked. zod builds
 * a result for every field of every event; most events are right, and of those only that is wanted.
 */
export type Accepts = (value: unknown) => boolean;

const never: Accepts = () => false;
const made = new WeakMap<z.core.$ZodType, Accepts>();

/** What cannot be tested this way is never accepted, so that zod decides. */
export function accepts(schema: z.ZodType): Accepts {
  return of(schema);
}

function of(schema: z.core.$ZodType): Accepts {
  const known = made.get(schema);
  if (known) return known;
  const test = withChecks((schema as z.core.$ZodTypes)._zod.def);
  made.set(schema, test);
  return test;
}

type Def = z.core.$ZodTypes['_zod']['def'];

function withChecks(def: Def): Accepts {
  const base = plain(def);
  const tests = (def.checks ?? []).map((check) => checked((check as z.core.$ZodChecks)._zod.def));
  const [first, second, third] = tests;
  if (!first) return base;
  if (!second) return (value) => base(value) && first(value);
  if (!third) return (value) => base(value) && first(value) && second(value);
  return (value) => base(value) && tests.every((test) => test(value));
}

function plain(def: Def): Accepts {
  switch (def.type) {
    case 'string': {
      // A format of its own, such as an instant, is a string with a pattern.
      if (!('format' in def)) return (value) => typeof value === 'string';
      return 'pattern' in def && def.pattern instanceof RegExp ? tested(def.pattern) : never;
    }
    case 'number':
      return 'format' in def ? never : (value) => typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'literal':
      return oneOf(def.values);
    case 'enum':
      return oneOf(Object.values(def.entries));
    case 'optional': {
      const inner = of(def.innerType);
      return (value) => value === undefined || inner(value);
    }
    case 'array': {
      const element = of(def.element);
      return (value) => {
        if (!Array.isArray(value)) return false;
        for (const each of value) if (!element(each)) return false;
        return true;
      };
    }
    case 'union': {
      const options = def.options.map(of);
      return (value) => options.some((option) => option(value));
    }
    case 'record': {
      // Keys of JSON are strings; any other demand on them is zod's.
      const keys = def.keyType._zod.def;
      if (keys.type !== 'string' || keys.checks?.length || 'format' in keys) return never;
      const each = of(def.valueType);
      return (value) => isObject(value) && Object.values(value).every(each);
    }
    case 'object':
      return objectOf(def);
    case 'unknown':
      return (value) => value !== undefined;
    default:
      return never;
  }
}

function objectOf(def: z.core.$ZodObjectDef): Accepts {
  // Only where further fields are allowed as they are.
  if (def.catchall?._zod.def.type !== 'unknown') return never;
  const fields = new Map(Object.entries(def.shape).map(([name, schema]) => [name, of(schema)]));
  const required = Object.entries(def.shape).filter(([, schema]) => schema._zod.def.type !== 'optional').map(([name]) => name);
  return (value) => {
    if (!isObject(value)) return false;
    for (const name in value) {
      const test = fields.get(name);
      if (test !== undefined && !test(value[name])) return false;
    }
    for (const name of required) if (value[name] === undefined) return false;
    return true;
  };
}

function checked(def: z.core.$ZodChecks['_zod']['def'] | z.core.$ZodCustomDef): Accepts {
  switch (def.check) {
    case 'min_length':
      return (value) => lengthOf(value) >= def.minimum;
    case 'max_length':
      return (value) => lengthOf(value) <= def.maximum;
    case 'greater_than':
      return (value) => typeof value === 'number' && typeof def.value === 'number' && (def.inclusive ? value >= def.value : value > def.value);
    case 'less_than':
      return (value) => typeof value === 'number' && typeof def.value === 'number' && (def.inclusive ? value <= def.value : value < def.value);
    case 'number_format':
      return def.format === 'safeint' ? (value) => Number.isSafeInteger(value) : never;
    case 'string_format':
      return def.format === 'regex' ? tested(def.pattern) : never;
    case 'custom': {
      // A refinement; a check that writes its own issues has no such function.
      const { fn } = def as { readonly fn?: (value: unknown) => unknown };
      return fn ? remembered((value) => fn(value) === true) : never;
    }
    default:
      return never;
  }
}

/** Dates come again and again, and to look at one costs ten times as much as to find it. */
const SHORT = 10;
const MOST_REMEMBERED = 5_000;

function remembered(test: Accepts): Accepts {
  const known = new Map<unknown, boolean>();
  return (value) => {
    if (typeof value !== 'string' || value.length > SHORT) return test(value);
    const before = known.get(value);
    if (before !== undefined) return before;
    const now = test(value);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(value, now);
    return now;
  };
}

function tested(pattern: RegExp | undefined): Accepts {
  // A pattern that remembers its place would answer differently the second time.
  if (!pattern || pattern.global || pattern.sticky) return never;
  return (value) => typeof value === 'string' && pattern.test(value);
}

function oneOf(values: readonly unknown[]): Accepts {
  const known = new Set(values);
  return (value) => known.has(value);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : NaN;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
