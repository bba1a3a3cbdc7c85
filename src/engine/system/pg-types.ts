/**
 * Types of PostgreSQL 15 with their OIDs, a line each:
 *
 *     oid, typname, name in SQL (blanks as _), typlen, typbyval, typtype, typcategory, typispreferred, typelem, typarray, typalign, typstorage,
 *     typcollation, typinput, typoutput, typreceive, typsend (- for none)
 */
export const PG_TYPES = `
16 bool boolean 1 t b B t 0 1000 c p 0 boolin boolout boolrecv boolsend
17 bytea bytea -1 f b U f 0 1001 i x 0 byteain byteaout bytearecv byteasend
18 char "char" 1 t b Z f 0 1002 c p 0 charin charout charrecv charsend
19 name name 64 f b S f 18 1003 c p 950 namein nameout namerecv namesend
20 int8 bigint 8 t b N f 0 1016 d p 0 int8in int8out int8recv int8send
21 int2 smallint 2 t b N f 0 1005 s p 0 int2in int2out int2recv int2send
22 int2vector int2vector -1 f b A f 21 1006 i p 0 int2vectorin int2vectorout int2vectorrecv int2vectorsend
23 int4 integer 4 t b N f 0 1007 i p 0 int4in int4out int4recv int4send
24 regproc regproc 4 t b N f 0 1008 i p 0 regprocin regprocout regprocrecv regprocsend
25 text text -1 f b S t 0 1009 i x 100 textin textout textrecv textsend
26 oid oid 4 t b N t 0 1028 i p 0 oidin oidout oidrecv oidsend
27 tid tid 6 f b U f 0 1010 s p 0 tidin tidout tidrecv tidsend
28 xid xid 4 t b U f 0 1011 i p 0 xidin xidout xidrecv xidsend
29 cid cid 4 t b U f 0 1012 i p 0 cidin cidout cidrecv cidsend
30 oidvector oidvector -1 f b A f 26 1013 i p 0 oidvectorin oidvectorout oidvectorrecv oidvectorsend
114 json json -1 f b U f 0 199 i x 0 json_in json_out json_recv json_send
142 xml xml -1 f b U f 0 143 i x 0 xml_in xml_out xml_recv xml_send
143 _xml xml[] -1 f b A f 142 0 i x 0 array_in array_out array_recv array_send
194 pg_node_tree pg_node_tree -1 f b Z f 0 0 i x 100 pg_node_tree_in pg_node_tree_out pg_node_tree_recv pg_node_tree_send
199 _json json[] -1 f b A f 114 0 i x 0 array_in array_out array_recv array_send
700 float4 real 4 t b N f 0 1021 i p 0 float4in float4out float4recv float4send
701 float8 double_precision 8 t b N t 0 1022 d p 0 float8in float8out float8recv float8send
705 unknown unknown -2 f p X f 0 0 c p 0 unknownin unknownout unknownrecv unknownsend
790 money money 8 t b N f 0 791 d p 0 cash_in cash_out cash_recv cash_send
791 _money money[] -1 f b A f 790 0 d x 0 array_in array_out array_recv array_send
869 inet inet -1 f b I t 0 1041 i m 0 inet_in inet_out inet_recv inet_send
1000 _bool boolean[] -1 f b A f 16 0 i x 0 array_in array_out array_recv array_send
1001 _bytea bytea[] -1 f b A f 17 0 i x 0 array_in array_out array_recv array_send
1002 _char "char"[] -1 f b A f 18 0 i x 0 array_in array_out array_recv array_send
1003 _name name[] -1 f b A f 19 0 i x 950 array_in array_out array_recv array_send
1005 _int2 smallint[] -1 f b A f 21 0 i x 0 array_in array_out array_recv array_send
1006 _int2vector int2vector[] -1 f b A f 22 0 i x 0 array_in array_out array_recv array_send
1007 _int4 integer[] -1 f b A f 23 0 i x 0 array_in array_out array_recv array_send
1008 _regproc regproc[] -1 f b A f 24 0 i x 0 array_in array_out array_recv array_send
1009 _text text[] -1 f b A f 25 0 i x 100 array_in array_out array_recv array_send
1010 _tid tid[] -1 f b A f 27 0 i x 0 array_in array_out array_recv array_send
1011 _xid xid[] -1 f b A f 28 0 i x 0 array_in array_out array_recv array_send
1012 _cid cid[] -1 f b A f 29 0 i x 0 array_in array_out array_recv array_send
1013 _oidvector oidvector[] -1 f b A f 30 0 i x 0 array_in array_out array_recv array_send
1014 _bpchar character[] -1 f b A f 1042 0 i x 100 array_in array_out array_recv array_send
1015 _varchar character_varying[] -1 f b A f 1043 0 i x 100 array_in array_out array_recv array_send
1016 _int8 bigint[] -1 f b A f 20 0 d x 0 array_in array_out array_recv array_send
1021 _float4 real[] -1 f b A f 700 0 i x 0 array_in array_out array_recv array_send
1022 _float8 double_precision[] -1 f b A f 701 0 d x 0 array_in array_out array_recv array_send
1028 _oid oid[] -1 f b A f 26 0 i x 0 array_in array_out array_recv array_send
1033 aclitem aclitem 12 f b U f 0 1034 i p 0 aclitemin aclitemout - -
1034 _aclitem aclitem[] -1 f b A f 1033 0 i x 0 array_in array_out array_recv array_send
1041 _inet inet[] -1 f b A f 869 0 i x 0 array_in array_out array_recv array_send
1042 bpchar character -1 f b S f 0 1014 i x 100 bpcharin bpcharout bpcharrecv bpcharsend
1043 varchar character_varying -1 f b S f 0 1015 i x 100 varcharin varcharout varcharrecv varcharsend
1082 date date 4 t b D f 0 1182 i p 0 date_in date_out date_recv date_send
1083 time time_without_time_zone 8 t b D f 0 1183 d p 0 time_in time_out time_recv time_send
1114 timestamp timestamp_without_time_zone 8 t b D f 0 1115 d p 0 timestamp_in timestamp_out timestamp_recv timestamp_send
1115 _timestamp timestamp_without_time_zone[] -1 f b A f 1114 0 d x 0 array_in array_out array_recv array_send
1182 _date date[] -1 f b A f 1082 0 i x 0 array_in array_out array_recv array_send
1183 _time time_without_time_zone[] -1 f b A f 1083 0 d x 0 array_in array_out array_recv array_send
1184 timestamptz timestamp_with_time_zone 8 t b D t 0 1185 d p 0 timestamptz_in timestamptz_out timestamptz_recv timestamptz_send
1185 _timestamptz timestamp_with_time_zone[] -1 f b A f 1184 0 d x 0 array_in array_out array_recv array_send
1186 interval interval 16 f b T t 0 1187 d p 0 interval_in interval_out interval_recv interval_send
1187 _interval interval[] -1 f b A f 1186 0 d x 0 array_in array_out array_recv array_send
1231 _numeric numeric[] -1 f b A f 1700 0 i x 0 array_in array_out array_recv array_send
1263 _cstring cstring[] -1 f b A f 2275 0 i x 0 array_in array_out array_recv array_send
1266 timetz time_with_time_zone 12 f b D f 0 1270 d p 0 timetz_in timetz_out timetz_recv timetz_send
1270 _timetz time_with_time_zone[] -1 f b A f 1266 0 d x 0 array_in array_out array_recv array_send
1560 bit bit -1 f b V f 0 1561 i x 0 bit_in bit_out bit_recv bit_send
1561 _bit bit[] -1 f b A f 1560 0 i x 0 array_in array_out array_recv array_send
1562 varbit bit_varying -1 f b V t 0 1563 i x 0 varbit_in varbit_out varbit_recv varbit_send
1563 _varbit bit_varying[] -1 f b A f 1562 0 i x 0 array_in array_out array_recv array_send
1700 numeric numeric -1 f b N f 0 1231 i m 0 numeric_in numeric_out numeric_recv numeric_send
1790 refcursor refcursor -1 f b U f 0 2201 i x 0 textin textout textrecv textsend
2201 _refcursor refcursor[] -1 f b A f 1790 0 i x 0 array_in array_out array_recv array_send
2202 regprocedure regprocedure 4 t b N f 0 2207 i p 0 regprocedurein regprocedureout regprocedurerecv regproceduresend
2203 regoper regoper 4 t b N f 0 2208 i p 0 regoperin regoperout regoperrecv regopersend
2204 regoperator regoperator 4 t b N f 0 2209 i p 0 regoperatorin regoperatorout regoperatorrecv regoperatorsend
2205 regclass regclass 4 t b N f 0 2210 i p 0 regclassin regclassout regclassrecv regclasssend
2206 regtype regtype 4 t b N f 0 2211 i p 0 regtypein regtypeout regtyperecv regtypesend
2207 _regprocedure regprocedure[] -1 f b A f 2202 0 i x 0 array_in array_out array_recv array_send
2208 _regoper regoper[] -1 f b A f 2203 0 i x 0 array_in array_out array_recv array_send
2209 _regoperator regoperator[] -1 f b A f 2204 0 i x 0 array_in array_out array_recv array_send
2210 _regclass regclass[] -1 f b A f 2205 0 i x 0 array_in array_out array_recv array_send
2211 _regtype regtype[] -1 f b A f 2206 0 i x 0 array_in array_out array_recv array_send
2249 record record -1 f p P f 0 2287 d x 0 record_in record_out record_recv record_send
2275 cstring cstring -2 f p P f 0 1263 c p 0 cstring_in cstring_out cstring_recv cstring_send
2276 any "any" 4 t p P f 0 0 i p 0 any_in any_out - -
2277 anyarray anyarray -1 f p P f 0 0 d x 0 anyarray_in anyarray_out anyarray_recv anyarray_send
2278 void void 4 t p P f 0 0 i p 0 void_in void_out void_recv void_send
2279 trigger trigger 4 t p P f 0 0 i p 0 trigger_in trigger_out - -
2281 internal internal 8 t p P f 0 0 d p 0 internal_in internal_out - -
2283 anyelement anyelement 4 t p P f 0 0 i p 0 anyelement_in anyelement_out - -
2287 _record record[] -1 f p P f 2249 0 d x 0 array_in array_out array_recv array_send
2776 anynonarray anynonarray 4 t p P f 0 0 i p 0 anynonarray_in anynonarray_out - -
2950 uuid uuid 16 f b U f 0 2951 c p 0 uuid_in uuid_out uuid_recv uuid_send
2951 _uuid uuid[] -1 f b A f 2950 0 i x 0 array_in array_out array_recv array_send
3220 pg_lsn pg_lsn 8 t b U f 0 3221 d p 0 pg_lsn_in pg_lsn_out pg_lsn_recv pg_lsn_send
3221 _pg_lsn pg_lsn[] -1 f b A f 3220 0 d x 0 array_in array_out array_recv array_send
3500 anyenum anyenum 4 t p P f 0 0 i p 0 anyenum_in anyenum_out - -
3802 jsonb jsonb -1 f b U f 0 3807 i x 0 jsonb_in jsonb_out jsonb_recv jsonb_send
3807 _jsonb jsonb[] -1 f b A f 3802 0 i x 0 array_in array_out array_recv array_send
3831 anyrange anyrange -1 f p P f 0 0 d x 0 anyrange_in anyrange_out - -
4072 jsonpath jsonpath -1 f b U f 0 4073 i x 0 jsonpath_in jsonpath_out jsonpath_recv jsonpath_send
4073 _jsonpath jsonpath[] -1 f b A f 4072 0 i x 0 array_in array_out array_recv array_send
4089 regnamespace regnamespace 4 t b N f 0 4090 i p 0 regnamespacein regnamespaceout regnamespacerecv regnamespacesend
4090 _regnamespace regnamespace[] -1 f b A f 4089 0 i x 0 array_in array_out array_recv array_send
4096 regrole regrole 4 t b N f 0 4097 i p 0 regrolein regroleout regrolerecv regrolesend
4097 _regrole regrole[] -1 f b A f 4096 0 i x 0 array_in array_out array_recv array_send
`

/** The functions that read and write values of these types, with their OIDs. */
export const TYPE_FUNCTIONS = `
31 byteaout, 33 charout, 34 namein, 35 nameout, 38 int2in, 39 int2out, 40 int2vectorin, 41 int2vectorout, 42 int4in, 43 int4out, 44 regprocin, 45
regprocout, 46 textin, 47 textout, 48 tidin, 49 tidout, 50 xidin, 51 xidout, 52 cidin, 53 cidout, 54 oidvectorin, 55 oidvectorout, 109 unknownin, 110
unknownout, 195 pg_node_tree_in, 196 pg_node_tree_out, 197 pg_node_tree_recv, 198 pg_node_tree_send, 200 float4in, 201 float4out, 214 float8in, 215
float8out, 321 json_in, 322 json_out, 323 json_recv, 324 json_send, 460 int8in, 461 int8out, 750 array_in, 751 array_out, 886 cash_in, 887 cash_out,
910 inet_in, 911 inet_out, 1031 aclitemin, 1032 aclitemout, 1044 bpcharin, 1045 bpcharout, 1046 varcharin, 1047 varcharout, 1084 date_in, 1085
date_out, 1143 time_in, 1144 time_out, 1150 timestamptz_in, 1151 timestamptz_out, 1160 interval_in, 1161 interval_out, 1242 boolin, 1243 boolout, 1244
byteain, 1245 charin, 1312 timestamp_in, 1313 timestamp_out, 1350 timetz_in, 1351 timetz_out, 1564 bit_in, 1565 bit_out, 1579 varbit_in, 1580
varbit_out, 1701 numeric_in, 1702 numeric_out, 1798 oidin, 1799 oidout, 2212 regprocedurein, 2213 regprocedureout, 2214 regoperin, 2215 regoperout,
2216 regoperatorin, 2217 regoperatorout, 2218 regclassin, 2219 regclassout, 2220 regtypein, 2221 regtypeout, 2290 record_in, 2291 record_out, 2292
cstring_in, 2293 cstring_out, 2294 any_in, 2295 any_out, 2296 anyarray_in, 2297 anyarray_out, 2298 void_in, 2299 void_out, 2300 trigger_in, 2301
trigger_out, 2304 internal_in, 2305 internal_out, 2312 anyelement_in, 2313 anyelement_out, 2400 array_recv, 2401 array_send, 2402 record_recv, 2403
record_send, 2404 int2recv, 2405 int2send, 2406 int4recv, 2407 int4send, 2408 int8recv, 2409 int8send, 2410 int2vectorrecv, 2411 int2vectorsend, 2412
bytearecv, 2413 byteasend, 2414 textrecv, 2415 textsend, 2416 unknownrecv, 2417 unknownsend, 2418 oidrecv, 2419 oidsend, 2420 oidvectorrecv, 2421
oidvectorsend, 2422 namerecv, 2423 namesend, 2424 float4recv, 2425 float4send, 2426 float8recv, 2427 float8send, 2430 bpcharrecv, 2431 bpcharsend,
2432 varcharrecv, 2433 varcharsend, 2434 charrecv, 2435 charsend, 2436 boolrecv, 2437 boolsend, 2438 tidrecv, 2439 tidsend, 2440 xidrecv, 2441
xidsend, 2442 cidrecv, 2443 cidsend, 2444 regprocrecv, 2445 regprocsend, 2446 regprocedurerecv, 2447 regproceduresend, 2448 regoperrecv, 2449
regopersend, 2450 regoperatorrecv, 2451 regoperatorsend, 2452 regclassrecv, 2453 regclasssend, 2454 regtyperecv, 2455 regtypesend, 2456 bit_recv, 2457
bit_send, 2458 varbit_recv, 2459 varbit_send, 2460 numeric_recv, 2461 numeric_send, 2468 date_recv, 2469 date_send, 2470 time_recv, 2471 time_send,
2472 timetz_recv, 2473 timetz_send, 2474 timestamp_recv, 2475 timestamp_send, 2476 timestamptz_recv, 2477 timestamptz_send, 2478 interval_recv, 2479
interval_send, 2492 cash_recv, 2493 cash_send, 2496 inet_recv, 2497 inet_send, 2500 cstring_recv, 2501 cstring_send, 2502 anyarray_recv, 2503
anyarray_send, 2777 anynonarray_in, 2778 anynonarray_out, 2893 xml_in, 2894 xml_out, 2898 xml_recv, 2899 xml_send, 2952 uuid_in, 2953 uuid_out, 2961
uuid_recv, 2962 uuid_send, 3120 void_recv, 3121 void_send, 3229 pg_lsn_in, 3230 pg_lsn_out, 3238 pg_lsn_recv, 3239 pg_lsn_send, 3504 anyenum_in, 3505
anyenum_out, 3803 jsonb_send, 3804 jsonb_out, 3805 jsonb_recv, 3806 jsonb_in, 3832 anyrange_in, 3833 anyrange_out, 4001 jsonpath_in, 4002
jsonpath_recv, 4003 jsonpath_out, 4004 jsonpath_send, 4084 regnamespacein, 4085 regnamespaceout, 4087 regnamespacerecv, 4088 regnamespacesend, 4092
regroleout, 4094 regrolerecv, 4095 regrolesend, 4098 regrolein
`
