from django.http import HttpRequest, HttpResponse
from django.urls import path

from django_outbox import record

from .models import Order


def place(request: HttpRequest, number: int) -> HttpResponse:
    record("user_1", "order.placed", resource_id=str(number))
    Order.objects.create(number=number)
    if "fail" in request.GET:
        raise ValueError("something later in the view fails")
    return HttpResponse()


urlpatterns = [path("orders/<int:number>", place)]
