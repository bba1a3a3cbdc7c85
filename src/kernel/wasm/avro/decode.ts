// Avro records to columns, by a program that format/avro/program.ts makes of a schema.
//
//   program   nodes of i32 words: an operation, then its arguments; nodes are named by the number of their first word
//   columns   16 bytes each: u32 data, u32 validity, u32 slots so far, u32 NULLs among them
//
// A node that makes a value appends one slot to its column; a struct appends to its own and to all its children's, NULL or not. A dry run
// counts slots and stores nothing: it tells how much memory lists need, and checks all that a decoding would.
//
// Spec: Apache Avro 1.12, "Binary Encoding".

const TRUNCATED: i32 = -1
const MALFORMED: i32 = -2
const OUT_OF_RANGE: i32 = -3

// Operations that pass values over.
const SKIP_NULL: i32 = 0 //     -
const SKIP_FIXED: i32 = 1 //    bytes
const SKIP_VARINTS: i32 = 2 //  how many
const SKIP_BYTES: i32 = 3 //    -
// Operations of several nodes.
const UNION: i32 = 4 //         value node or -1, branches, node of each branch
const SKIP_ARRAY: i32 = 5 //    item, least bytes of an item
const SKIP_MAP: i32 = 6 //      value, least bytes of a pair
const PARTS: i32 = 7 //         count, nodes
const APPEND_NULL: i32 = 8 //   node
const PICK: i32 = 9 //          least bytes of a pair, node that passes a value over, count, then key and node of each
const SPAN: i32 = 10 //         column, node; a view of the bytes that the node passes
// Operations that append to a column, their first argument.
const BOOLEAN: i32 = 16
const INT: i32 = 17
const LONG: i32 = 18
const FLOAT: i32 = 19
const DOUBLE: i32 = 20
const BYTES: i32 = 21 //        views
const FIXED: i32 = 22 //        bytes; views
const FIXED16: i32 = 23
const ENUM: i32 = 24 //         symbols; codes
const UUID_TEXT: i32 = 25
const DURATION: i32 = 26
const STRUCT: i32 = 27 //       count, nodes
const LIST: i32 = 28 //         item node, column of the first child, least bytes of an item
const MAP: i32 = 29 //          key column, value node, least bytes of a pair
const FLOAT_AS_DOUBLE: i32 = 30

/** Items that take no bytes, in the arrays of one call: more is an attack, not data. */
const EMPTY_ITEMS_MAX: i64 = 1 << 20
let emptyItems: i64 = 0

let program: usize = 0
let columns: usize = 0
let pos: usize = 0
let end: usize = 0
let failure: i32 = 0
let dry: bool = false

// @ts-ignore: decorator
@inline function word(node: i32, i: i32): i32 {
  return load<i32>(program + (<usize>(node + i) << 2))
}

// @ts-ignore: decorator
@inline function columnOf(node: i32): usize {
  return columns + (<usize>word(node, 1) << 4)
}

/** A zig-zag varint of at most ten bytes. Most are one byte. */
// @ts-ignore: decorator
@inline function varint(): i64 {
  if (pos < end) {
    const byte = load<u8>(pos)
    if (byte < 128) {
      pos++
      return <i64>(byte >> 1) ^ -(<i64>(byte & 1))
    }
  }
  return longVarint()
}

function longVarint(): i64 {
  let value: u64 = 0
  let shift: u64 = 0
  while (true) {
    if (pos >= end) {
      failure = TRUNCATED
      return 0
    }
    const byte = <u64>load<u8>(pos++)
    if (shift > 63) {
      failure = MALFORMED
      return 0
    }
    value |= (byte & 127) << shift
    if (byte < 128) break
    shift += 7
  }
  return <i64>(value >> 1) ^ -(<i64>(value & 1))
}

function skipVarints(count: i64): void {
  let at = pos
  for (let i: i64 = 0; i < count; i++) {
    const last = at + 9
    while (true) {
      if (at >= end) {
        failure = TRUNCATED
        return
      }
      if (load<u8>(at++) < 128) break
      if (at > last) {
        failure = MALFORMED
        return
      }
    }
  }
  pos = at
}

/** Passes `count` bytes over; their beginning. */
function take(count: i64): usize {
  const start = pos
  if (count < 0 || count > <i64>(end - pos)) {
    failure = count < 0 ? MALFORMED : TRUNCATED
    return start
  }
  pos += <usize>count
  return start
}

/** Slot that the next value of a column has; counts it. */
// @ts-ignore: decorator
@inline function nextSlot(column: usize): usize {
  const slot = load<u32>(column, 8)
  store<u32>(column, slot + 1, 8)
  if (!dry) store<u8>(<usize>load<u32>(column, 4) + <usize>slot, 1)
  return <usize>slot
}

// @ts-ignore: decorator
@inline function dataOf(column: usize): usize {
  return <usize>load<u32>(column)
}

function view(column: usize, start: usize, length: i64): void {
  const slot = nextSlot(column)
  if (!dry) store<u64>(dataOf(column) + (slot << 3), ((<u64>length) << 32) | <u64>start)
}

/** Count of the next block of an array or map; its bytes, where it says so, are not needed. */
function blockCount(least: i32): i64 {
  let count = varint()
  if (count < 0) {
    if (count == i64.MIN_VALUE) {
      failure = MALFORMED
      return 0
    }
    count = -count
    if (varint() < 0 && failure == 0) failure = MALFORMED
  }
  if (least == 0) emptyItems += count
  const most = least == 0 ? EMPTY_ITEMS_MAX - emptyItems + count : <i64>(end - pos) / <i64>least
  if (count > most && failure == 0) failure = TRUNCATED
  return failure < 0 ? 0 : count
}

function hexDigit(byte: u32): i32 {
  if (byte >= 48 && byte <= 57) return <i32>byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? <i32>lower - 87 : -1
}

function uuidText(column: usize): void {
  const length = varint()
  const start = take(length)
  if (failure < 0) return
  const slot = nextSlot(column)
  let digits = 0
  let high = 0
  for (let i: usize = 0; i < <usize>length; i++) {
    const byte = <u32>load<u8>(start + i)
    if (byte == 45) continue
    const digit = hexDigit(byte)
    if (digit < 0 || digits == 32) {
      failure = OUT_OF_RANGE
      return
    }
    if ((digits & 1) == 0) high = digit
    else if (!dry) store<u8>(dataOf(column) + (slot << 4) + <usize>(digits >> 1), <u8>((high << 4) | digit))
    digits++
  }
  if (digits != 32) failure = OUT_OF_RANGE
}

function duration(column: usize): void {
  const start = take(12)
  if (failure < 0) return
  const months = load<i32>(start)
  const days = load<i32>(start, 4)
  if (months < 0 || days < 0) {
    failure = OUT_OF_RANGE
    return
  }
  const slot = nextSlot(column)
  if (dry) return
  const out = dataOf(column) + (slot << 4)
  store<i32>(out, months)
  store<i32>(out, days, 4)
  store<i64>(out, <i64>load<u32>(start, 8) * 1000, 8)
}

function list(node: i32): void {
  const column = columnOf(node)
  const item = word(node, 2)
  const child = columns + (<usize>word(node, 3) << 4)
  const first = load<u32>(child, 8)
  while (true) {
    const count = blockCount(word(node, 4))
    if (failure < 0 || count == 0) break
    for (let i: i64 = 0; i < count; i++) {
      run(item)
      if (failure < 0) return
    }
  }
  appendList(column, first, load<u32>(child, 8) - first)
}

function map(node: i32): void {
  const column = columnOf(node)
  const keys = columns + (<usize>word(node, 2) << 4)
  const value = word(node, 3)
  const first = load<u32>(keys, 8)
  while (true) {
    const count = blockCount(word(node, 4))
    if (failure < 0 || count == 0) break
    for (let i: i64 = 0; i < count; i++) {
      const length = varint()
      const start = take(length)
      if (failure < 0) return
      view(keys, start, length)
      run(value)
      if (failure < 0) return
    }
  }
  appendList(column, first, load<u32>(keys, 8) - first)
}

function appendList(column: usize, first: u32, count: u32): void {
  const slot = nextSlot(column)
  if (dry) return
  store<u32>(dataOf(column) + (slot << 3), first)
  store<u32>(dataOf(column) + (slot << 3), count, 4)
}

/**
 * An array of pairs (int key, value), of which some keys' values go to columns of their own: each gets one slot, NULL where the key does not occur. Of
 * equal keys the last counts.
 */
function pick(node: i32): void {
  const count = word(node, 3)
  const slot = load<u32>(columnOf(word(node, 5)), 8)
  while (true) {
    const items = blockCount(word(node, 1))
    if (failure < 0 || items == 0) break
    for (let i: i64 = 0; i < items; i++) {
      const key = varint()
      let found = 0
      while (found < count && <i64>word(node, 4 + 2 * found) != key) found++
      if (found < count) {
        const value = word(node, 5 + 2 * found)
        store<u32>(columnOf(value), slot, 8)
        run(value)
      } else run(word(node, 2))
      if (failure < 0) return
    }
  }
  for (let i = 0; i < count; i++) {
    const value = word(node, 5 + 2 * i)
    if (load<u32>(columnOf(value), 8) == slot) appendNull(value)
  }
}

/** Appends a NULL to the column of a node that makes values, and to those of its fields. */
function appendNull(node: i32): void {
  const operation = word(node, 0)
  if (operation == UNION) {
    if (word(node, 1) >= 0) appendNull(word(node, 1))
    return
  }
  if (operation < BOOLEAN) return
  const column = columnOf(node)
  const slot = nextSlot(column)
  store<u32>(column, load<u32>(column, 12) + 1, 12)
  if (operation == STRUCT) {
    const count = word(node, 2)
    for (let i = 0; i < count; i++) appendNull(word(node, 3 + i))
  }
  if (dry) return
  store<u8>(<usize>load<u32>(column, 4) + slot, 0)
  const data = dataOf(column)
  switch (operation) {
    case BOOLEAN:
      store<u8>(data + slot, 0)
      break
    case INT:
    case FLOAT:
    case ENUM:
      store<u32>(data + (slot << 2), 0)
      break
    case FIXED16:
    case UUID_TEXT:
    case DURATION:
      store<u64>(data + (slot << 4), 0)
      store<u64>(data + (slot << 4), 0, 8)
      break
    case STRUCT:
      break
    default:
      store<u64>(data + (slot << 3), 0)
  }
}

function run(node: i32): void {
  switch (word(node, 0)) {
    case SKIP_NULL:
      break
    case SKIP_FIXED:
      take(<i64>word(node, 1))
      break
    case SKIP_VARINTS:
      skipVarints(<i64>word(node, 1))
      break
    case SKIP_BYTES:
      take(varint())
      break
    case UNION: {
      const branch = varint()
      if (failure == 0 && (branch < 0 || branch >= <i64>word(node, 2))) failure = OUT_OF_RANGE
      if (failure == 0) run(word(node, 3 + <i32>branch))
      break
    }
    case SKIP_ARRAY:
      skipItems(node, false)
      break
    case SKIP_MAP:
      skipItems(node, true)
      break
    case PARTS: {
      const count = word(node, 1)
      for (let i = 0; i < count && failure == 0; i++) run(word(node, 2 + i))
      break
    }
    case APPEND_NULL:
      appendNull(word(node, 1))
      break
    case PICK:
      pick(node)
      break
    case SPAN: {
      const start = pos
      run(word(node, 2))
      if (failure == 0) view(columnOf(node), start, <i64>(pos - start))
      break
    }
    case STRUCT: {
      nextSlot(columnOf(node))
      const count = word(node, 2)
      for (let i = 0; i < count && failure == 0; i++) run(word(node, 3 + i))
      break
    }
    case LIST:
      list(node)
      break
    case MAP:
      map(node)
      break
    default:
      leaf(node)
  }
}

function skipItems(node: i32, isMap: bool): void {
  while (true) {
    const count = blockCount(word(node, 2))
    if (failure < 0 || count == 0) return
    const item = word(node, 1)
    if (!isMap && word(item, 0) == SKIP_VARINTS) {
      skipVarints(count * <i64>word(item, 1))
      if (failure < 0) return
      continue
    }
    for (let i: i64 = 0; i < count; i++) {
      if (isMap) take(varint())
      if (failure < 0) return
      run(item)
    }
  }
}

function leaf(node: i32): void {
  const column = columnOf(node)
  switch (word(node, 0)) {
    case BOOLEAN: {
      const start = take(1)
      if (failure < 0) return
      const value = load<u8>(start)
      if (value > 1) {
        failure = OUT_OF_RANGE
        return
      }
      const slot = nextSlot(column)
      if (!dry) store<u8>(dataOf(column) + slot, value)
      return
    }
    case INT:
    case ENUM: {
      const value = varint()
      const isEnum = word(node, 0) == ENUM
      const low = isEnum ? 0 : <i64>i32.MIN_VALUE
      const high = isEnum ? <i64>word(node, 2) - 1 : <i64>i32.MAX_VALUE
      if (failure == 0 && (value < low || value > high)) failure = OUT_OF_RANGE
      if (failure < 0) return
      const slot = nextSlot(column)
      if (!dry) store<i32>(dataOf(column) + (slot << 2), <i32>value)
      return
    }
    case LONG: {
      const value = varint()
      if (failure < 0) return
      const slot = nextSlot(column)
      if (!dry) store<i64>(dataOf(column) + (slot << 3), value)
      return
    }
    case FLOAT: {
      const start = take(4)
      if (failure < 0) return
      const slot = nextSlot(column)
      if (!dry) store<u32>(dataOf(column) + (slot << 2), load<u32>(start))
      return
    }
    case FLOAT_AS_DOUBLE: {
      const start = take(4)
      if (failure < 0) return
      const slot = nextSlot(column)
      if (!dry) store<f64>(dataOf(column) + (slot << 3), <f64>load<f32>(start))
      return
    }
    case DOUBLE: {
      const start = take(8)
      if (failure < 0) return
      const slot = nextSlot(column)
      if (!dry) store<u64>(dataOf(column) + (slot << 3), load<u64>(start))
      return
    }
    case BYTES:
    case FIXED: {
      const length = word(node, 0) == FIXED ? <i64>word(node, 2) : varint()
      const start = take(length)
      if (failure == 0) view(column, start, length)
      return
    }
    case FIXED16: {
      const start = take(16)
      if (failure < 0) return
      const slot = nextSlot(column)
      if (!dry) v128.store(dataOf(column) + (slot << 4), v128.load(start))
      return
    }
    case UUID_TEXT:
      uuidText(column)
      return
    case DURATION:
      duration(column)
      return
    default:
      failure = MALFORMED
  }
}

/**
 * Runs the program's node `root` for each of `records` records in the bytes [start, stop), which they fill. Counts and validity go to the columns;
 * values too unless `isDry`. 0, or a negative error.
 */
export function avroRecords(
  code: usize,
  root: i32,
  target: usize,
  start: usize,
  stop: usize,
  records: i32,
  isDry: i32,
): i32 {
  program = code
  columns = target
  pos = start
  end = stop
  failure = 0
  emptyItems = 0
  dry = isDry != 0
  for (let i = 0; i < records; i++) {
    run(root)
    if (failure < 0) return failure
  }
  return pos == end ? 0 : MALFORMED
}
