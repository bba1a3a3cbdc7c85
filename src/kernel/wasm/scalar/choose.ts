// One of two values a row, by a mask; steps of 0 repeat the first value.

// @ts-ignore: decorator
@inline
function choose<T>(mask: usize, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  const shift = alignof<T>()
  for (let i = 0; i < n; i++) {
    const from = load<u8>(mask + <usize>i) != 0 ? a + (<usize>(i * aStep) << shift) : b + (<usize>(i * bStep) << shift)
    store<T>(out + (<usize>i << shift), load<T>(from))
  }
}

/** out[i] = mask[i] ? a[i] : b[i]. */
export function chooseI8(mask: usize, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  choose<u8>(mask, a, aStep, b, bStep, n, out)
}
export function chooseI32(mask: usize, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  choose<u32>(mask, a, aStep, b, bStep, n, out)
}
export function chooseI64(mask: usize, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  choose<u64>(mask, a, aStep, b, bStep, n, out)
}
export function chooseI128(mask: usize, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const from = load<u8>(mask + <usize>i) != 0 ? a + (<usize>(i * aStep) << 4) : b + (<usize>(i * bStep) << 4)
    v128.store(out + (<usize>i << 4), v128.load(from))
  }
}
