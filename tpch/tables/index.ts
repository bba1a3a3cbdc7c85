/** The tables, smallest first. */
import { customer } from './customer.ts'
import { lineitem } from './lineitem.ts'
import { nation, region } from './nation-region.ts'
import { orders } from './orders.ts'
import { part } from './part.ts'
import { partsupp } from './partsupp.ts'
import { supplier } from './supplier.ts'
import type { GeneratedTable } from './table.ts'

export const TABLES: readonly GeneratedTable[] = [region, nation, supplier, customer, part, partsupp, orders, lineitem]
