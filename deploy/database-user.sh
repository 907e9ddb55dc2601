# In a new container of PostgreSQL: the service's user and its database. The image reads this file as part of its own start.
psql --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_PASSWORD" --username=postgres --dbname=postgres <<'SQL'
create role tidemark login password :'password';
create database tidemark owner tidemark;
SQL
