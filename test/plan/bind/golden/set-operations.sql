select a from t union select n from u;
select a from t union all select n from u union all select null;
select a from t union select 'x';
select a, b from t union select a from u;
select a from t union select z from u;
select 'a' union all select 'b';
select a, b from t union all by name select a, z from u;
select 1 as x union all select 2.5 order by x desc limit 3;
select a from t union all select a from u order by b;
select a from t intersect select a from u except all select 1;
(select a from t limit 1) union all (select a from u order by n limit 2);
select null union all select 5;
values (1, 'x'), (2.5, null);
values (1), (1, 2);
values (1), ('x');
values (1), (true)
