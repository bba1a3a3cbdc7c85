/**
 * Decoders of leaf columns' values, without their NULLs, in the layout of the column's own type.
 *
 * Spec: ORC v1, "Column Encodings".
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { storageOf } from '../../core/types.ts'
import type { FlatVector } from '../../core/vector.ts'
import { assertUtf8 } from '../utf8-check.ts'
import { type OrcContext, orcDecodeError } from './reader-context.ts'
import { BooleanRuns, ByteRuns, IntegerRuns, VarintRuns } from './runs.ts'
import type { OrcNode } from './schema.ts'
import type { OrcStream } from './stream.ts'
import { DATA, DICTIONARY_DATA, LENGTH, SECONDARY, type StripeStreams } from './stripe-streams.ts'
import { timestampBase, zoneChanges } from './zone-changes.ts'

/** Values of a leaf; calls ascend. */
export interface LeafValues {
  /** Set for dictionary-encoded columns: `read` gives i32 codes. */
  readonly dictionary?: FlatVector | undefined
  /** The next `n` values, which live as long as `arena` or the stripe's reader. There is room for 16 bytes behind them. */
  read(n: number, arena: Arena): Pointer
  skip(n: number): void
  /** Goes to where a row index entry says: takes its numbers from the front of `positions`. */
  seek(positions: number[]): void
}

const KIND_DICTIONARY = 1
const KIND_DICTIONARY_V2 = 3

/** What a decoder is opened with. */
interface Opening {
  readonly context: OrcContext
  readonly streams: StripeStreams
  readonly node: OrcNode
  readonly isHybridCalendar: boolean
}

export function openLeafValues(opening: Opening): LeafValues {
  const { context, streams, node } = opening
  switch (node.kind) {
    case 'boolean':
      return new BooleanValues(new BooleanRuns(context, streams.open(context, node, DATA)))
    case 'byte':
      return new ByteValues(context, new ByteRuns(context, streams.open(context, node, DATA)))
    case 'short':
      return new SmallValues(opening, -32_768n, 32_767n)
    case 'int':
    case 'date':
      return new SmallValues(opening, -(2n ** 31n), 2n ** 31n - 1n)
    case 'long':
      return new LongValues(opening)
    case 'float':
      return new FixedValues(streams.open(context, node, DATA), 4)
    case 'double':
      return new FixedValues(streams.open(context, node, DATA), 8)
    case 'string':
    case 'binary': {
      const { kind } = streams.encoding(node)
      const isCoded = kind === KIND_DICTIONARY || kind === KIND_DICTIONARY_V2
      return isCoded ? new CodedValues(opening) : new BytesValues(opening)
    }
    case 'timestamp':
    case 'instant':
      return new TimestampValues(opening)
    case 'decimal':
      return node.isPlainDecimal ? new LongValues(opening) : new DecimalValues(opening)
    default:
      throw unsupported(`reading column "${node.name}" of "${context.url}": type ${node.kind}`)
  }
}

/** A decoder of integers of the version that the column's encoding says. */
export function openIntegers(
  { context, streams, node }: Omit<Opening, 'isHybridCalendar'>,
  stream: number,
  sign: 'signed' | 'unsigned',
): IntegerRuns {
  const { kind } = streams.encoding(node)
  if (kind > 3) throw unsupported(`reading column "${node.name}" of "${context.url}": ORC encoding ${kind}`)
  return new IntegerRuns(context, streams.open(context, node, stream), kind >= 2 ? 2 : 1, sign)
}

/** Values with the slack that spreading them needs. */
const TAIL_BYTES = 16

/** What `skip` and `seek` need of a stream of runs. */
interface Runs {
  readonly positionCount: number
  skip(n: number): void
  seek(positions: number[]): void
}

/** Values of a leaf that are made of runs: one of each stream for a value, in the order of the row index's positions. */
abstract class ValuesOfRuns implements LeafValues {
  readonly #streams: readonly Runs[]

  constructor(...streams: readonly Runs[]) {
    this.#streams = streams
  }

  abstract read(n: number, arena: Arena): Pointer

  skip(n: number): void {
    for (const runs of this.#streams) runs.skip(n)
  }

  seek(positions: number[]): void {
    for (const runs of this.#streams) runs.seek(positions.splice(0, runs.positionCount))
  }
}

class BooleanValues extends ValuesOfRuns {
  readonly #runs: BooleanRuns

  constructor(runs: BooleanRuns) {
    super(runs)
    this.#runs = runs
  }

  read(n: number, arena: Arena): Pointer {
    const out = arena.allocate(n + TAIL_BYTES)
    this.#runs.read(n, out)
    return out
  }
}

class ByteValues extends ValuesOfRuns {
  readonly #context: OrcContext
  readonly #runs: ByteRuns

  constructor(context: OrcContext, runs: ByteRuns) {
    super(runs)
    this.#context = context
    this.#runs = runs
  }

  read(n: number, arena: Arena): Pointer {
    const bytes = this.#context.scratch.allocate(n)
    this.#runs.read(n, bytes)
    const out = arena.allocate(n * 4 + TAIL_BYTES)
    this.#context.kernels.orc.orcWidenBytes(bytes, n, out)
    return out
  }
}

/** Integers of 16 and 32 bits, and dates. */
class SmallValues extends ValuesOfRuns {
  readonly #opening: Opening
  readonly #runs: IntegerRuns
  readonly #low: bigint
  readonly #high: bigint

  constructor(opening: Opening, low: bigint, high: bigint) {
    const runs = openIntegers(opening, DATA, 'signed')
    super(runs)
    this.#opening = opening
    this.#runs = runs
    this.#low = low
    this.#high = high
  }

  read(n: number, arena: Arena): Pointer {
    const { context, node, isHybridCalendar } = this.#opening
    const { orc } = context.kernels
    const wide = context.scratch.allocate(n * 8)
    this.#runs.read(n, wide)
    const out = arena.allocate(n * 4 + TAIL_BYTES)
    const result = orc.orcNarrow(wide, n, this.#low, this.#high, out)
    if (result < 0) throw orcDecodeError(context.url, node.name, result)
    if (node.kind === 'date' && isHybridCalendar) orc.orcJulianDays(out, n)
    return out
  }
}

class LongValues extends ValuesOfRuns {
  readonly #runs: IntegerRuns

  constructor(opening: Opening) {
    const runs = openIntegers(opening, DATA, 'signed')
    super(runs)
    this.#runs = runs
  }

  read(n: number, arena: Arena): Pointer {
    const out = arena.allocate(n * 8 + TAIL_BYTES)
    this.#runs.read(n, out)
    return out
  }
}

/** Little-endian numbers as they lie. */
class FixedValues implements LeafValues {
  readonly #stream: OrcStream
  readonly #width: number

  constructor(stream: OrcStream, width: number) {
    this.#stream = stream
    this.#width = width
  }

  read(n: number, arena: Arena): Pointer {
    const out = arena.allocate(n * this.#width + TAIL_BYTES)
    this.#stream.take(n * this.#width, out)
    return out
  }

  skip(n: number): void {
    this.#stream.take(n * this.#width, 0)
  }

  seek(positions: number[]): void {
    const [chunk = 0, offset = 0] = positions.splice(0, this.#stream.positionCount)
    this.#stream.seek(chunk, offset)
  }
}

/** Strings and binaries: their bytes one after another, their lengths beside them. */
class BytesValues implements LeafValues {
  readonly #context: OrcContext
  readonly #node: OrcNode
  readonly #data: OrcStream
  readonly #lengths: IntegerRuns

  constructor(opening: Opening) {
    const { context, streams, node } = opening
    this.#context = context
    this.#node = node
    this.#data = streams.open(context, node, DATA)
    this.#lengths = openIntegers(opening, LENGTH, 'unsigned')
  }

  read(n: number, arena: Arena): Pointer {
    const lengths = this.#context.scratch.allocate(n * 8)
    this.#lengths.read(n, lengths)
    return readViews(this.#context, this.#node, this.#data, { lengths, n, arena })
  }

  skip(n: number): void {
    // In parts: as many lengths as are skipped need not fit the memory.
    for (let left = n; left > 0;) {
      const count = Math.min(left, 8192)
      const mark = this.#context.scratch.mark()
      const lengths = this.#context.scratch.allocate(count * 8)
      this.#lengths.read(count, lengths)
      const total = totalOf(this.#context, this.#data, lengths, count)
      this.#context.scratch.release(mark)
      this.#data.take(total, 0)
      left -= count
    }
  }

  seek(positions: number[]): void {
    const [chunk = 0, offset = 0] = positions.splice(0, this.#data.positionCount)
    this.#data.seek(chunk, offset)
    this.#lengths.seek(positions.splice(0, this.#lengths.positionCount))
  }
}

/** The sum of lengths, when the stream may have so many bytes. */
function totalOf({ kernels }: OrcContext, data: OrcStream, lengths: Pointer, n: number): number {
  const total = kernels.orc.orcTotal(lengths, n)
  if (total < 0 || !data.mayHave(total)) throw data.error('the lengths of values are more than the bytes there are')
  return total
}

/** Copies the bytes of `n` values to `arena` and makes views of them. */
function readViews(
  context: OrcContext,
  { type, name: column }: OrcNode,
  data: OrcStream,
  { lengths, n, arena }: { lengths: Pointer; n: number; arena: Arena },
): Pointer {
  const total = totalOf(context, data, lengths, n)
  const base = arena.allocate(total)
  data.take(total, base)
  const out = arena.allocate(n * 8 + TAIL_BYTES)
  context.kernels.orc.orcViews(lengths, n, base, out)
  assertUtf8(context.kernels, { views: out, n, type }, { url: context.url, column })
  return out
}

/** Strings as codes of the stripe's dictionary, which is read when first used. */
class CodedValues extends ValuesOfRuns {
  readonly #opening: Opening
  readonly #codes: IntegerRuns
  #dictionary: FlatVector | undefined

  constructor(opening: Opening) {
    const codes = openIntegers(opening, DATA, 'unsigned')
    super(codes)
    this.#opening = opening
    this.#codes = codes
  }

  get dictionary(): FlatVector {
    return (this.#dictionary ??= this.#readDictionary())
  }

  read(n: number, arena: Arena): Pointer {
    const { context, node } = this.#opening
    const wide = context.scratch.allocate(n * 8)
    this.#codes.read(n, wide)
    const out = arena.allocate(n * 4 + TAIL_BYTES)
    const last = BigInt(this.dictionary.length) - 1n
    const result = context.kernels.orc.orcNarrow(wide, n, 0n, last, out)
    if (result < 0) throw orcDecodeError(context.url, node.name, result)
    return out
  }

  #readDictionary(): FlatVector {
    const { context, streams, node } = this.#opening
    const { dictionarySize: length } = streams.encoding(node)
    const data = streams.open(context, node, DICTIONARY_DATA)
    // Entries differ, so nearly all have bytes.
    if (length > 65_536 && !data.mayHave(length / 2)) {
      throw corrupt(context.url, `column "${node.name}": a dictionary of ${length} entries does not fit its stream`)
    }
    const { lasting } = context
    const lengths = lasting.allocate(length * 8)
    openIntegers(this.#opening, LENGTH, 'unsigned').read(length, lengths)
    const views = readViews(context, node, data, { lengths, n: length, arena: lasting })
    return { encoding: 'flat', type: node.type, length, data: views, validity: 0, children: [] }
  }
}

class TimestampValues extends ValuesOfRuns {
  readonly #opening: Opening
  readonly #seconds: IntegerRuns
  readonly #nanos: IntegerRuns
  readonly #base: bigint
  readonly #zone: Pointer
  readonly #changes: number

  constructor(opening: Opening) {
    const { context, node, streams } = opening
    const seconds = openIntegers(opening, DATA, 'signed')
    const nanos = openIntegers(opening, SECONDARY, 'unsigned')
    super(seconds, nanos)
    this.#opening = opening
    this.#seconds = seconds
    this.#nanos = nanos
    const changes = node.kind === 'instant' ? [] : zoneChanges(streams.timeZone, context.url)
    this.#base = timestampBase(changes)
    this.#changes = changes.length
    this.#zone = context.lasting.allocate(changes.length * 16)
    changes.forEach(({ from, offset }, i) => {
      context.memory.i64[(this.#zone >>> 3) + 2 * i] = from
      context.memory.i64[(this.#zone >>> 3) + 2 * i + 1] = offset
    })
  }

  read(n: number, arena: Arena): Pointer {
    const { context, node, isHybridCalendar } = this.#opening
    const { orc } = context.kernels
    const seconds = context.scratch.allocate(n * 8)
    const nanos = context.scratch.allocate(n * 8)
    this.#seconds.read(n, seconds)
    this.#nanos.read(n, nanos)
    const out = arena.allocate(n * 8 + TAIL_BYTES)
    const isNanos = node.type.kind === 'timestamp' && node.type.unit === 'ns'
    const result = orc.orcTimestamps(seconds, nanos, n, this.#base, this.#zone, this.#changes, isNanos ? 1 : 0, out)
    if (result < 0) throw orcDecodeError(context.url, node.name, result)
    if (isHybridCalendar) orc.orcJulianTimestamps(out, n, isNanos ? 86_400_000_000_000n : 86_400_000_000n)
    return out
  }
}

class DecimalValues extends ValuesOfRuns {
  readonly #opening: Opening
  readonly #values: VarintRuns
  readonly #scales: IntegerRuns

  constructor(opening: Opening) {
    const { context, streams, node } = opening
    const values = new VarintRuns(context, streams.open(context, node, DATA))
    const scales = openIntegers(opening, SECONDARY, 'signed')
    super(values, scales)
    this.#opening = opening
    this.#values = values
    this.#scales = scales
  }

  read(n: number, arena: Arena): Pointer {
    const { context, node } = this.#opening
    const { orc, parquet } = context.kernels
    const { type } = node
    if (type.kind !== 'decimal') throw unsupported(`reading column "${node.name}" as a decimal`)
    const isNarrow = storageOf(type) === 'i64'
    const values = (isNarrow ? context.scratch : arena).allocate(n * 16 + TAIL_BYTES)
    this.#values.read(n, values)
    const scales = context.scratch.allocate(n * 8)
    this.#scales.read(n, scales)
    let result = orc.orcRescale(values, scales, n, type.scale)
    if (result === 0) result = orc.orcCheckDigits(values, n, type.precision)
    let out = values
    if (result === 0 && isNarrow) {
      out = arena.allocate(n * 8 + TAIL_BYTES)
      result = parquet.narrowI128(values, n, out)
    }
    if (result < 0) throw orcDecodeError(context.url, node.name, result)
    return out
  }
}
