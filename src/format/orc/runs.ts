/** Decoders of run-length encoded streams: kernels that are given the next chunk until there are enough values. */
import type { Pointer } from '../../core/memory.ts'
import { type OrcContext, orcDecodeError } from './reader-context.ts'
import type { OrcStream } from './stream.ts'

/** A decoder whose state lies in the shared memory and begins with the position. */
abstract class RunReader {
  protected readonly context: OrcContext
  protected readonly state: Pointer
  readonly #stream: OrcStream
  readonly #stateBytes: number

  constructor(context: OrcContext, stream: OrcStream, stateBytes: number) {
    this.context = context
    this.#stream = stream
    this.#stateBytes = stateBytes
    this.state = context.lasting.allocateZeroed(stateBytes)
  }

  /** How many numbers of a row index entry are about this stream. */
  get positionCount(): number {
    return this.#stream.positionCount + this.runPositions
  }

  /** Goes to a place that a row index names. */
  seek(positions: readonly number[]): void {
    const { memory } = this.context
    memory.bulk.fill(0, this.state, this.state + this.#stateBytes)
    const inStream = this.#stream.positionCount
    this.#stream.seek(positions[0] ?? 0, inStream === 2 ? (positions[1] ?? 0) : 0)
    this.skipRun(positions.slice(inStream))
  }

  /** Decodes `n` values to `out`. Errors: XX001. */
  read(n: number, out: Pointer): void {
    const { memory, url } = this.context
    const stream = this.#stream
    for (let done = 0; done < n;) {
      memory.u32[this.state >>> 2] = stream.position
      const count = this.decode(stream.end, n - done, out === 0 ? 0 : out + done * this.width)
      if (count < 0) throw orcDecodeError(url, stream.column, count)
      stream.position = memory.u32[this.state >>> 2]!
      done += count
      if (done < n && !stream.more()) throw stream.error('the stream ends before its last value')
    }
  }

  skip(n: number): void {
    this.read(n, 0)
  }

  /** Bytes of a decoded value. */
  protected abstract readonly width: number
  /** Numbers of a position within a run. */
  protected abstract readonly runPositions: number
  protected abstract decode(end: Pointer, n: number, out: Pointer): number
  protected abstract skipRun(positions: readonly number[]): void
}

/** Next value, values and the 512 values of a run behind the position. */
const INTEGER_STATE_BYTES = 16 + 512 * 8

/** i64 values of run length encoding 1 or 2. */
export class IntegerRuns extends RunReader {
  protected override readonly width = 8
  protected override readonly runPositions = 1
  readonly #version: 1 | 2
  readonly #signed: 0 | 1

  constructor(context: OrcContext, stream: OrcStream, version: 1 | 2, sign: 'signed' | 'unsigned') {
    super(context, stream, INTEGER_STATE_BYTES)
    this.#version = version
    this.#signed = sign === 'signed' ? 1 : 0
  }

  protected override decode(end: Pointer, n: number, out: Pointer): number {
    return this.context.kernels.orc.orcIntegers(this.state, end, this.#version, this.#signed, n, out)
  }

  protected override skipRun([count = 0]: readonly number[]): void {
    this.skip(count)
  }
}

const BYTE_STATE_BYTES = 32

/** Bytes. */
export class ByteRuns extends RunReader {
  protected override readonly width = 1
  protected override readonly runPositions = 1

  constructor(context: OrcContext, stream: OrcStream) {
    super(context, stream, BYTE_STATE_BYTES)
  }

  protected override decode(end: Pointer, n: number, out: Pointer): number {
    return this.context.kernels.orc.orcBytes(this.state, end, n, out)
  }

  protected override skipRun([count = 0]: readonly number[]): void {
    this.skip(count)
  }
}

/** Booleans as bytes of 0 and 1. */
export class BooleanRuns extends RunReader {
  protected override readonly width = 1
  protected override readonly runPositions = 2

  constructor(context: OrcContext, stream: OrcStream) {
    super(context, stream, BYTE_STATE_BYTES)
  }

  protected override decode(end: Pointer, n: number, out: Pointer): number {
    return this.context.kernels.orc.orcBooleans(this.state, end, n, out)
  }

  /** The run's bytes, then bits of the next. */
  protected override skipRun([bytes = 0, bits = 0]: readonly number[]): void {
    this.skip(bytes * 8 + bits)
  }
}

/** i128 values of unbounded varints. */
export class VarintRuns extends RunReader {
  protected override readonly width = 16
  protected override readonly runPositions = 0

  constructor(context: OrcContext, stream: OrcStream) {
    super(context, stream, 16)
  }

  protected override decode(end: Pointer, n: number, out: Pointer): number {
    return this.context.kernels.orc.orcDecimals(this.state, end, n, out)
  }

  protected override skipRun(): void {
    // There are no runs.
  }
}
