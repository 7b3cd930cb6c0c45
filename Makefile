# Every command of the project. `make` alone lists them.
# What may hold any text is read by the shell from its environment ("$$NAME"): an apostrophe in '$(NAME)' would end the command.

PYTHON ?= python3
PORT ?= 8000
SAKINA := .venv/bin/python -m sakina_local $(if $(SAKINA_HOME),--home '$(SAKINA_HOME)')

.DEFAULT_GOAL := help
.PHONY: help install up down clean backup restore consumer consumers demo clients test bench chaos soak mutants drill prometheus check docs lock pin sbom secrets images roll compose-test

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## make .venv with everything pinned; the others do it by themselves
	@$(PYTHON) deploy/local/install.py

up: install ## start the whole system on http://127.0.0.1:8000 (PORT= moves it); Ctrl-C stops it
	@exec $(SAKINA) up --port '$(PORT)'

down: ## stop it from another terminal
	@test ! -x .venv/bin/python || $(SAKINA) down

clean: ## stop it and remove its data
	@test ! -x .venv/bin/python || $(SAKINA) clean

backup: install ## write a dump of the database and its keys into backups/ (FOLDER=, KEEP=7), and try it by restoring it
	@exec $(SAKINA) backup $(if $(FOLDER),--folder="$$FOLDER") $(if $(KEEP),--keep="$$KEEP")

restore: install ## put the dump FILE= in the place of an empty database, with the system down
	@exec $(SAKINA) restore "$$FILE"

consumer: install ## let a consumer of events in: NAME=analytics TOPICS='khatma.# practice.#'; ACTION=rotate or remove
	@exec $(SAKINA) consumer -- '$(or $(ACTION),add)' "$$NAME" "$$TOPICS"

consumers: install ## list the consumers, their topics and what waits for them
	@exec $(SAKINA) consumer list

demo: install ## fill the running system with believable people (PORT= or SAKINA_URL= says where it is)
	@PORT='$(PORT)' exec .venv/bin/python -m sakina_demo

clients: install ## make a Python and a TypeScript client and a Postman collection, in build/clients
	@exec .venv/bin/python -m sakina_clients

test: install ## run every test, against a real PostgreSQL and a real RabbitMQ of its own
	@exec $(SAKINA) test

bench: install ## measure how fast it is (QUICK=1, ONLY="new session", BASE=commit to compare with, turn about)
	@exec .venv/bin/python -m sakina_bench $(if $(QUICK),--quick) $(if $(ONLY),--only="$$ONLY") $(if $(BASE),--base="$$BASE")

chaos: install ## break a system of its own in every way, and check that nothing is lost or doubled (QUICK=1, SEED=n; PLANTED=1 proves the checker)
	@exec .venv/bin/python -m sakina_chaos $(if $(QUICK),--quick) $(if $(PLANTED),--planted) $(if $(SEED),--seed '$(SEED)')

soak: install ## the same load for MINUTES=30 with nothing broken: what grows is named
	@exec .venv/bin/python -m sakina_chaos.soak $(if $(MINUTES),--minutes='$(MINUTES)')

mutants: install ## plant faults one by one, and say which no test sees (ONLY=auth, SAYS='of its words', BY=test_locks, REST=1, JOBS=2, WRITE=1: docs/quality.md)
	@exec $(SAKINA) mutants $(if $(ONLY),"$$ONLY") $(if $(SAYS),--says="$$SAYS") $(if $(BY),--by="$$BY") $(if $(REST),--rest) $(if $(JOBS),--jobs="$$JOBS") $(if $(WRITE),--write)

drill: install ## break what each alert is for, see it fire and resolve (some minutes; ONLY=BrokerAway)
	@cd deploy/observability && exec ../../.venv/bin/python -m pytest -p no:pytest_nameko -p no:schemathesis drill $(if $(ONLY),-k "$$ONLY")

prometheus: ## a Prometheus of the running system on http://127.0.0.1:9090, where the Debian package is; Ctrl-C stops it
	@command -v prometheus >/dev/null || { echo 'Prometheus is missing: install the package prometheus.'; exit 1; }
	@test -d .sakina || { echo 'Nothing has run here yet: make up first, in another terminal.'; exit 1; }
	@echo 'Prometheus on http://127.0.0.1:9090; no exporter tells of PostgreSQL here, so DatabaseAway is to be expected.'
	@exec prometheus --config.file=deploy/observability/prometheus/local.yml --storage.tsdb.path=.sakina/prometheus \
		--storage.tsdb.retention.time=1d --web.listen-address=127.0.0.1:9090 --log.level=warn

check: install ## ruff, mypy, bandit, import rules, contracts, licences, known holes, and schemathesis over the API
	@exec $(SAKINA) check

docs: install ## write the generated documents: OpenAPI, AsyncAPI, the catalogue of events, their schemas, licences, dashboards
	@.venv/bin/python -m contracts.generate
	@.venv/bin/python -m contracts.catalogue_page > docs/events/catalogue.md
	@.venv/bin/python -m contracts.asyncapi > docs/asyncapi.json
	@.venv/bin/python -m gateway.openapi > docs/openapi.json
	@.venv/bin/python -m sakina_observability.dashboards
	@.venv/bin/python -m sakina_supply licences > docs/licences.md

lock: install ## pin what is installed, with hashes (UPGRADE=1 takes the newest)
	@exec $(SAKINA) lock $(if $(UPGRADE),--upgrade)

pin: install ## ask the registries which bytes the base images are now, and write it wherever one is named (MIRROR=)
	@exec .venv/bin/python -m sakina_supply pin $(if $(MIRROR),--mirror '$(MIRROR)')

sbom: install ## write a bill of materials (CycloneDX) for each image into build/sbom
	@exec .venv/bin/python -m sakina_supply sbom

secrets: ## write deploy/.env and deploy/secrets for the containers, once
	@PYTHONPATH=deploy/stack/src $(PYTHON) -m sakina_stack secrets

images: ## build the containers' images
	@docker compose -f deploy/docker-compose.yml --env-file deploy/.env build

roll: ## replace the running containers, one service at a time (BACK=1 in the order for an older release)
	@PYTHONPATH=deploy/stack/src $(PYTHON) -m sakina_stack roll $(if $(BACK),--back)

compose-test: install ## test the whole stack in containers, where a Docker engine answers
	@if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; \
	then cd tests/compose && exec ../../.venv/bin/python -m pytest; \
	else echo "compose-test: skipped, no Docker engine with Compose answers here"; fi
