SELECT p_brand, COUNT(*) AS n FROM part WHERE p_type LIKE '%BRASS' GROUP BY p_brand
