/** Functions that PostgreSQL 17's manual lists in chapter 9, by section; `missing`: those that Sluice does not have. */

interface Section {
  readonly names: readonly string[]
  readonly missing: readonly string[]
}

function section(names: string, missing: string = ''): Section {
  const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '')
  return { names: words(names), missing: words(missing) }
}

export const POSTGRES_FUNCTIONS: Readonly<Record<string, Section>> = {
  'Mathematical (9.3)': section(
    `abs cbrt ceil ceiling degrees div erf erfc exp factorial floor gcd lcm ln log log10 min_scale mod pi power radians round
     scale sign sqrt trim_scale trunc width_bucket random random_normal setseed acos acosd asin asind atan atand atan2 atan2d cos
     cosd cot cotd sin sind tan tand sinh cosh tanh asinh acosh atanh`,
    'setseed',
  ),
  'String (9.4)': section(
    `bit_length char_length character_length lower lpad ltrim normalize octet_length overlay position rpad rtrim substring btrim
     upper ascii chr concat concat_ws format initcap left length md5 parse_ident quote_ident quote_literal quote_nullable
     regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
     regexp_substr repeat replace reverse right split_part starts_with string_to_array string_to_table strpos substr to_ascii
     to_bin to_hex to_oct translate unistr pg_client_encoding unicode_assigned trim`,
    '',
  ),
  'Binary string (9.5)': section(
    `bit_count get_bit get_byte set_bit set_byte sha224 sha256 sha384 sha512 convert convert_from convert_to encode decode`,
  ),
  'Formatting (9.8)': section('to_char to_date to_number to_timestamp'),
  'Date/time (9.9)': section(
    `age clock_timestamp current_date current_time current_timestamp date_add date_bin date_part date_subtract date_trunc extract
     isfinite justify_days justify_hours justify_interval localtime localtimestamp make_date make_interval make_time
     make_timestamp make_timestamptz now statement_timestamp timeofday transaction_timestamp timezone`,
  ),
  'UUID (9.14)': section('gen_random_uuid uuid_extract_timestamp uuid_extract_version'),
  'JSON (9.16)': section(
    `to_json to_jsonb array_to_json row_to_json json_build_array jsonb_build_array json_build_object jsonb_build_object json_object
     jsonb_object json_array_elements jsonb_array_elements json_array_elements_text jsonb_array_elements_text json_array_length
     jsonb_array_length json_each jsonb_each json_each_text jsonb_each_text json_extract_path jsonb_extract_path
     json_extract_path_text jsonb_extract_path_text json_object_keys jsonb_object_keys json_strip_nulls jsonb_strip_nulls
     jsonb_set jsonb_set_lax jsonb_insert jsonb_pretty json_typeof jsonb_typeof jsonb_path_exists jsonb_path_match
     jsonb_path_query jsonb_path_query_array jsonb_path_query_first json_populate_record json_to_record`,
    'json_populate_record json_to_record',
  ),
  'Conditional (9.18)': section('coalesce nullif greatest least num_nonnulls num_nulls'),
  'Array (9.19)': section(
    `array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions array_prepend
     array_remove array_replace array_sample array_shuffle array_to_string array_upper cardinality trim_array unnest`,
  ),
  'Aggregate (9.21)': section(
    `any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or count every json_agg jsonb_agg json_object_agg jsonb_object_agg
     max min string_agg sum corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx
     regr_sxy regr_syy stddev stddev_pop stddev_samp variance var_pop var_samp mode percentile_cont percentile_disc rank
     dense_rank percent_rank cume_dist grouping`,
  ),
  'Window (9.22)': section(
    'row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value',
  ),
  'Set returning (9.25)': section('generate_series generate_subscripts'),
}
