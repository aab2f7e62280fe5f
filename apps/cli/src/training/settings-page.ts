/** The settings of a config file as a section of the reference page, from their schemas. */
import { z } from 'zod';
import { bifsmnOptionsSchema, configSchema } from './settings.ts';

/** The parts of JSON Schema that settings use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly prefixItems?: readonly Schema[];
  readonly items?: Schema | false;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly multipleOf?: number;
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;
const unbounded = (limit: number | undefined): boolean => limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER;

/** What a setting may be, in words. */
function valuesOf(schema: Schema): string {
  const { type, anyOf, minimum, exclusiveMinimum, maximum, multipleOf } = schema;
  if (schema.const !== undefined) return code(schema.const);
  if (anyOf !== undefined) return [...new Set(anyOf.map(valuesOf))].join(', ');
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.prefixItems !== undefined) return `${schema.prefixItems.length} of: ${valuesOf(schema.prefixItems[0]!)}`;
  if (schema.items) return `a list of: ${valuesOf(schema.items)}`;
  if (Array.isArray(type)) return type.map((one: string) => valuesOf({ ...schema, type: one })).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'null') return '`null`';
  if (type !== 'number' && type !== 'integer') return type === 'string' ? 'a text' : 'an object';
  const kind = multipleOf === undefined || multipleOf === 1 ? (type === 'integer' ? 'a whole number' : 'a number') : `a multiple of ${multipleOf}`;
  if (exclusiveMinimum !== undefined) return `${kind} above ${exclusiveMinimum}, at most ${maximum}`;
  return unbounded(minimum) ? kind : `${kind} from ${minimum} to ${maximum}`;
}

/** Rows of a setting and of the settings inside it, `name.inner`. */
function rowsOf(name: string, schema: Schema): string[] {
  const objects = [schema, ...(schema.anyOf ?? [])].filter(({ properties }) => properties !== undefined);
  const inner = objects.flatMap(({ properties }) => Object.entries(properties!).flatMap(([key, value]) => rowsOf(`${name}.${key}`, value)));
  const initial = schema.default === undefined ? '' : code(schema.default);
  // What is inside tells the defaults of an object without any of its own.
  return [`| \`${name}\` | ${valuesOf(schema)} | ${initial === '`{}`' && inner.length > 0 ? '' : initial} | ${schema.description ?? ''} |`, ...inner];
}

function table(schema: z.ZodType): string {
  const { properties } = z.toJSONSchema(schema, { io: 'input' }) as Schema;
  const settings = Object.entries(properties!).filter(([name]) => name !== '$schema');
  return ['| setting | values | default | |', '| --- | --- | --- | --- |', ...settings.flatMap(([name, value]) => rowsOf(name, value))].join('\n');
}

/** The section, in Markdown. */
export function settingsSection(): string {
  return [
    '## Settings of a training',
    'What the file of `bitvox train --config` may hold. Options of the command go before it.',
    table(configSchema),
    '`modelOptions` of `bifsmn` and `bifsmn-v2`:',
    table(bifsmnOptionsSchema),
  ].join('\n\n');
}
