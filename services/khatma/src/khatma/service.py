"""How khatma is reached: its RPC methods and the events that it follows."""

from chassis.data import retention
from chassis.events.follows import follows
from chassis.rpc.answers import answers
from chassis.service.health import health
from chassis.service.periodic import every
from chassis.service.provider import DatabaseProvider
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.khatma import methods
from khatma.store.people import people
from khatma.usecases import achievements, erasure, figures, khatmas, membership, readings

SWEEP_SECONDS = 600


class KhatmaService:
    """The service `khatma`."""

    name = "khatma"
    db = DatabaseProvider()

    list_khatmas = answers(methods.LIST_KHATMAS, khatmas.list_khatmas)
    create_khatma = answers(methods.CREATE_KHATMA, khatmas.create_khatma)
    get_khatma = answers(methods.GET_KHATMA, khatmas.get_khatma)
    change_khatma = answers(methods.CHANGE_KHATMA, khatmas.change_khatma)
    delete_khatma = answers(methods.DELETE_KHATMA, khatmas.delete_khatma)
    members = answers(methods.MEMBERS, membership.members)
    join = answers(methods.JOIN, membership.join)
    leave = answers(methods.LEAVE, membership.leave)
    invite = answers(methods.INVITE, membership.invite)
    log_reading = answers(methods.LOG_READING, readings.log_reading)
    get_reading = answers(methods.GET_READING, readings.get_reading)
    list_readings = answers(methods.LIST_READINGS, readings.list_readings)
    user_stats = answers(methods.USER_STATS, figures.user_stats)
    khatma_stats = answers(methods.KHATMA_STATS, figures.khatma_stats)
    achievements = answers(methods.ACHIEVEMENTS, achievements.achievements)
    dashboard = answers(methods.DASHBOARD, figures.dashboard)
    health = answers(methods.HEALTH, health)

    user_registered = follows(USER_REGISTERED, people.keep)
    user_updated = follows(USER_UPDATED, people.keep)
    user_deleted = follows(USER_DELETED, erasure.erase)

    sweep = every(SWEEP_SECONDS, retention.sweep)
