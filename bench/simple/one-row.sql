SELECT o_orderkey, o_custkey, o_totalprice FROM orders WHERE o_orderkey = 7
