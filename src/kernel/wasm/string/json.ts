// JSON texts (RFC 8259): checked, and members of objects found in them. Texts with escapes, with deep nesting or with mistakes are left to others.
import { isNullRow, leave } from '../row-state'
import { sameText, storeView } from './rows'

const DEPTH_MAX: i32 = 64

const STRING: u32 = 1
const SCALAR: u32 = 2
const NULL: u32 = 3
const NESTED: u32 = 4

/** Where reading is. */
let p: usize = 0
let stop: usize = 0
/** Of the value read last: what it is. */
let kind: u32 = 0

// @ts-ignore: decorator
@inline
function skipBlanks(): void {
  // None, as a rule.
  while (p < stop) {
    const byte = load<u8>(p)
    if (byte > 32 || (byte != 32 && byte != 10 && byte != 13 && byte != 9)) break
    p++
  }
}

/** A string without escapes, from its first quote on; `p` is behind its last one then. */
// @ts-ignore: decorator
@inline
function string(): bool {
  // Locals: globals are stored and loaded at every step.
  let at = p + 1
  const end = stop
  // Up to 15 bytes past the end are read.
  while (at < end) {
    const bytes = v128.load(at)
    const ends = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(34)), i8x16.eq(bytes, i8x16.splat(92))),
      i8x16.lt_u(bytes, i8x16.splat(32)),
    )
    const bits = i8x16.bitmask(ends)
    if (bits == 0) {
      at += 16
      continue
    }
    at += ctz(bits)
    if (at >= end || load<u8>(at) != 34) break
    p = at + 1
    return true
  }
  p = min(at, end)
  return false
}

// @ts-ignore: decorator
@inline
function digits(): bool {
  const start = p
  let at = start
  const end = stop
  while (at < end && <u32>load<u8>(at) - 48 <= 9) at++
  p = at
  return at > start
}

function number(): bool {
  if (load<u8>(p) == 45) p++
  if (p >= stop) return false
  if (load<u8>(p) == 48) p++
  else if (!digits()) return false
  if (p < stop && load<u8>(p) == 46) {
    p++
    if (!digits()) return false
  }
  if (p < stop && (load<u8>(p) | 32) == 101) {
    p++
    if (p < stop && (load<u8>(p) == 43 || load<u8>(p) == 45)) p++
    if (!digits()) return false
  }
  return true
}

/** The word whose first four bytes are `first`, and its fifth byte, if any. */
// @ts-ignore: decorator
@inline
function word(first: u32, fifth: u8): bool {
  const length: usize = fifth == 0 ? 4 : 5
  if (p + length > stop || load<u32>(p) != first || (fifth != 0 && load<u8>(p, 4) != fifth)) return false
  p += length
  return true
}

/** A value at `p`, which is behind it then. */
function value(depth: i32): bool {
  if (p >= stop || depth > DEPTH_MAX) return false
  const byte = load<u8>(p)
  if (byte == 34) {
    const fits = string()
    kind = STRING
    return fits
  }
  if (byte == 123 || byte == 91) {
    const fits = byte == 123 ? object(depth, 0, 0) : list(depth)
    kind = NESTED
    return fits
  }
  if (byte == 110) {
    kind = NULL
    return word(0x6c6c756e, 0)
  }
  kind = SCALAR
  if (byte == 116) return word(0x65757274, 0)
  if (byte == 102) return word(0x736c6166, 101)
  return number()
}

function list(depth: i32): bool {
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 93) {
    p++
    return true
  }
  while (p < stop) {
    skipBlanks()
    if (!value(depth + 1)) return false
    const mark = nextMark()
    if (mark == 93) return true
    if (mark != 44) return false
  }
  return false
}

/** The member found last, and what it is (0: there is none). */
let foundStart: usize = 0
let foundEnd: usize = 0
let foundKind: u32 = 0

/** The bytes of a member's name, which `memberName` read. */
let nameStart: usize = 0
let nameLength: usize = 0

/** A member's name and the colon behind it; `p` is at its value then. */
// @ts-ignore: decorator
@inline
function memberName(): bool {
  skipBlanks()
  if (p >= stop || load<u8>(p) != 34) return false
  nameStart = p + 1
  if (!string()) return false
  nameLength = p - 1 - nameStart
  skipBlanks()
  if (p >= stop || load<u8>(p) != 58) return false
  p++
  skipBlanks()
  return true
}

/** The byte behind a value and blanks, which is passed; 0 at the end. */
// @ts-ignore: decorator
@inline
function nextMark(): u8 {
  skipBlanks()
  return p < stop ? load<u8>(p++) : 0
}

/** An object at `p`; of its members the last of the name (of `length` bytes at `key`) is noted if there is a name. */
function object(depth: i32, key: usize, length: usize): bool {
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 125) {
    p++
    return true
  }
  while (p < stop) {
    if (!memberName()) return false
    const isWanted = key != 0 && nameLength == length && sameText(nameStart, key, length)
    const start = p
    if (!value(depth + 1)) return false
    if (isWanted) {
      foundStart = start
      foundEnd = p
      foundKind = kind
    }
    const mark = nextMark()
    if (mark == 125) return true
    if (mark != 44) return false
  }
  return false
}

// @ts-ignore: decorator
@inline
function open(views: usize, i: i32): void {
  const view = views + (<usize>i << 3)
  p = <usize>load<u32>(view)
  stop = p + load<u32>(view, 4)
  skipBlanks()
}

// @ts-ignore: decorator
@inline
function isDone(): bool {
  skipBlanks()
  return p == stop
}

/** Rows (not NULL) that are not surely JSON are in `slow`; how many. */
export function checkJson(views: usize, validity: usize, n: i32, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) continue
    open(views, i)
    if (!value(0) || !isDone()) left = leave(slow, left, i)
  }
  return left
}

/**
 * The member `key` of objects: its text without quotes, or as JSON where `quoted`. `found`: 1 where there is one that is not null (null itself is there where
 * `quoted`). Members that are objects or lists, and what is not surely JSON, are in `slow`, whose length is the result.
 */
export function jsonMembers(
  views: usize,
  validity: usize,
  n: i32,
  key: usize,
  length: usize,
  quoted: i32,
  out: usize,
  found: usize,
  slow: usize,
): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    storeView(out, i, 0, 0)
    store<u8>(found + <usize>i, 0)
    if (isNullRow(validity, i)) continue
    open(views, i)
    foundKind = 0
    const isObject = p < stop && load<u8>(p) == 123
    const fits = (isObject ? object(0, key, length) : value(0)) && isDone()
    if (!fits || (isObject && foundKind == NESTED)) {
      store<u8>(found + <usize>i, 1)
      left = leave(slow, left, i)
      continue
    }
    if (!isObject || foundKind == 0 || (foundKind == NULL && quoted == 0)) continue
    const cut: usize = foundKind == STRING && quoted == 0 ? 1 : 0
    storeView(out, i, foundStart + cut, foundEnd - foundStart - 2 * cut)
    store<u8>(found + <usize>i, 1)
  }
  return left
}

/**
 * Names that are looked for, as a tree: `{count u32, row u32}` and `count` entries `{name u32, length u32, tree u32, slot u32}`; an entry has a tree of
 * its own, or (0) a slot. `row` is of use while texts are read.
 */
const TREE_HEAD: usize = 8
const ENTRY_BYTES: usize = 16

/** How a text is made, but for its scalars: `{literal u32, length u32, slot u32}` each, the slot of the scalar behind the literal counted from 1 (0: none). */
const SEGMENT_BYTES: usize = 12
let segments: usize = 0
let segmentMax: i32 = 0
/** Of the text that is read; of the one that was read last, as it is compared. */
let segmentCount: i32 = 0
/** Where the literal begins that is not yet a segment. */
let literal: usize = 0

/** Where what is found of the row goes. */
let rowViews: usize = 0
let rowKinds: usize = 0
let stride: usize = 0
let rowStamp: u32 = 0

// @ts-ignore: decorator
@inline
function note(start: usize, length: usize, slot: u32): void {
  if (segmentCount < segmentMax) {
    const at = segments + <usize>segmentCount * SEGMENT_BYTES
    store<u32>(at, <u32>start)
    store<u32>(at, <u32>length, 4)
    store<u32>(at, slot, 8)
  }
  segmentCount++
}

// @ts-ignore: decorator
@inline
function put(slot: u32, start: usize, end: usize): void {
  const at = stride * <usize>(slot - 1)
  storeView(rowViews + (at << 3), 0, start, end - start)
  store<u8>(rowKinds + at, <u8>kind)
}

/** A value at `p`, whose members are looked for in `tree` (0: none); `slot` is where it is wanted itself, from 1. Scalars become segments. */
function spanned(depth: i32, tree: usize, slot: u32): bool {
  if (p >= stop || depth > DEPTH_MAX) return false
  const start = p
  const byte = load<u8>(p)
  if (byte == 123) {
    if (!spannedMembers(depth, tree)) return false
    kind = NESTED
  } else if (tree != 0) {
    // Where members are looked for, anything else than an object is left to others.
    return false
  } else if (byte == 91) {
    if (!spannedList(depth)) return false
    kind = NESTED
  } else {
    if (!value(depth)) return false
    note(literal, start - literal, slot)
    literal = p
  }
  if (slot != 0) put(slot, start, p)
  return true
}

function spannedList(depth: i32): bool {
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 93) {
    p++
    return true
  }
  while (p < stop) {
    skipBlanks()
    if (!spanned(depth + 1, 0, 0)) return false
    const mark = nextMark()
    if (mark == 93) return true
    if (mark != 44) return false
  }
  return false
}

function spannedMembers(depth: i32, tree: usize): bool {
  if (tree != 0) {
    // Of two objects of one name the last counts, whole.
    if (load<u32>(tree, 4) == rowStamp) return false
    store<u32>(tree, rowStamp, 4)
  }
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 125) {
    p++
    return true
  }
  while (p < stop) {
    if (!memberName()) return false
    const entry = tree == 0 ? 0 : entryOf(tree, nameStart, nameLength)
    const fits = entry == 0 ? spanned(depth + 1, 0, 0) : spanned(depth + 1, load<u32>(entry, 8), load<u32>(entry, 12))
    if (!fits) return false
    const mark = nextMark()
    if (mark == 125) return true
    if (mark != 44) return false
  }
  return false
}

/** The entry of a name; 0 if there is none. */
function entryOf(tree: usize, name: usize, length: usize): usize {
  const count = load<u32>(tree)
  let entry = tree + TREE_HEAD
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(entry, 4) == length && sameText(name, load<u32>(entry), length)) return entry
    entry += ENTRY_BYTES
  }
  return 0
}

// @ts-ignore: decorator
@inline
function sameLiteral(a: usize, b: usize, length: usize): bool {
  if (length < 8) return sameText(a, b, length)
  const last = length - 8
  for (let i: usize = 0; i < last; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false
  return load<u64>(a + last) == load<u64>(b + last)
}

/** Whether the text from `p` on is that of the segments, with other scalars: those that are wanted are stored. */
function isAsBefore(): bool {
  let at = segments
  const end = segments + <usize>segmentCount * SEGMENT_BYTES
  for (; at < end; at += SEGMENT_BYTES) {
    const length = <usize>load<u32>(at, 4)
    if (p + length > stop || !sameLiteral(p, load<u32>(at), length)) return false
    p += length
    // The last literal ends the text.
    if (at + SEGMENT_BYTES == end) return p == stop
    if (p >= stop) return false
    const start = p
    const byte = load<u8>(p)
    if (byte == 123 || byte == 91 || !value(0)) return false
    const slot = load<u32>(at, 8)
    if (slot != 0) put(slot, start, p)
  }
  return false
}

/** Reads a text anew, and notes how it is made. */
function isSpanned(tree: usize): bool {
  segmentCount = 0
  literal = p
  skipBlanks()
  if (!spanned(0, tree, 0) || !isDone()) {
    segmentCount = 0
    return false
  }
  note(literal, stop - literal, 0)
  if (segmentCount > segmentMax) segmentCount = 0
  return true
}

/**
 * Values within JSON objects, as JSON: for each slot of `tree` (from 1 to `count`) `n` views in `out` and `n` kinds: 0 none, 1 a string without escapes,
 * 2 a number or boolean, 3 null, 4 an object or list. Texts that are not surely JSON, or have something else than an object where `tree` has more
 * names, have the kind 255 in all slots; NULLs and empty texts have 0. Texts that differ in scalars alone, as one writer's do, are compared with
 * the one before instead of read: `scratch` has room for `room` segments of 12 bytes.
 */
export function jsonSpans(
  views: usize,
  validity: usize,
  n: i32,
  tree: usize,
  count: i32,
  out: usize,
  kinds: usize,
  scratch: usize,
  room: i32,
): void {
  stride = <usize>n
  memory.fill(kinds, 0, stride * <usize>count)
  memory.fill(out, 0, (stride * <usize>count) << 3)
  segments = scratch
  segmentMax = room
  segmentCount = 0
  for (let i = 0; i < n; i++) {
    const view = views + (<usize>i << 3)
    const length = <usize>load<u32>(view, 4)
    if (isNullRow(validity, i) || length == 0) continue
    rowViews = out + (<usize>i << 3)
    rowKinds = kinds + <usize>i
    rowStamp = i + 1
    const start = <usize>load<u32>(view)
    stop = start + length
    p = start
    if (segmentCount > 0 && isAsBefore()) continue
    p = start
    for (let j: usize = 0; j < <usize>count; j++) store<u8>(kinds + <usize>i + stride * j, 0)
    if (isSpanned(tree)) continue
    for (let j: usize = 0; j < <usize>count; j++) store<u8>(kinds + <usize>i + stride * j, 255)
  }
}
