"""How auth is reached: its RPC methods. It follows no events."""

from auth.credentials import parts
from auth.credentials.common_passwords import common_passwords
from auth.settings import Settings
from auth.usecases import accounts, jwks, passwords, retention, sessions
from chassis.rpc.answers import answers
from chassis.service.health import health
from chassis.service.periodic import every
from chassis.service.provider import DatabaseProvider, Part
from contracts.auth import methods

SWEEP_SECONDS = 60


class AuthService:
    """The service `auth`."""

    name = "auth"
    db = DatabaseProvider()
    hasher = Part(parts.hasher)
    common = Part(lambda _: common_passwords())
    keys = Part(parts.keys)
    signer = Part(parts.signer)
    rates = Part(Settings.rates)
    access = Part(Settings.access)

    register = answers(methods.REGISTER, accounts.register)
    log_in = answers(methods.LOG_IN, sessions.log_in)
    refresh = answers(methods.REFRESH, sessions.refresh)
    log_out = answers(methods.LOG_OUT, sessions.log_out)
    change_password = answers(methods.CHANGE_PASSWORD, passwords.change_password)
    me = answers(methods.ME, accounts.me)
    update_me = answers(methods.UPDATE_ME, accounts.update_me)
    delete_me = answers(methods.DELETE_ME, accounts.delete_me)
    find_by_email = answers(methods.FIND_BY_EMAIL, accounts.find_by_email)
    signing_keys = answers(methods.SIGNING_KEYS, jwks.signing_keys)
    ended_since = answers(methods.ENDED_SINCE, sessions.ended_since)
    health = answers(methods.HEALTH, health)

    sweep = every(SWEEP_SECONDS, retention.sweep)
