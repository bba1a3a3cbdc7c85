select a, row_number() over (partition by b order by a desc) as rn, sum(n) over (partition by b order by a desc) from t;
select rank() over w, sum(count(*)) over (order by a) from t group by a window w as (order by count(*));
select rank() over (w order by a) from t window w as (partition by b);
select rank() over nope from t;
select a from t qualify row_number() over (order by n) = 1;
select a from t where row_number() over () = 1;
select lag(a, 1, 0) over (order by n), first_value(b) over (order by n rows between 2 preceding and current row) from t;
select row_number() from t;
select sum(row_number() over ()) from t;
select sum(rank() over ()) over () from t;
select sum(a) over (order by b range 1 following) from t;
select ntile(b) over () from t
