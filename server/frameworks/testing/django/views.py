import hashlib
import os
import time

from django import forms
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt


class EntryForm(forms.Form):
    name = forms.CharField(max_length=20)
    text = forms.CharField(widget=forms.Textarea)


def index(request):
    return HttpResponse("the guestbook\n")


def greet(request, name):
    return HttpResponse("hello, %s\n" % name)


def sign(request):
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session["signed"] = form.cleaned_data["name"]
        return HttpResponseRedirect("/signed/")
    return render(request, "sign.html", {"form": form})


def signed(request):
    return HttpResponse("signed by %s\n" % request.session.get("signed"))


@csrf_exempt
def upload(request):
    sent = request.FILES["file"]
    digest = hashlib.sha256()
    for block in sent.chunks():
        digest.update(block)
    return JsonResponse(
        {"name": sent.name, "held": type(sent).__name__, "size": sent.size, "sha256": digest.hexdigest()}
    )


def lines(go):
    yield "one\n"
    yield "two\n"
    while not os.path.exists(go):
        time.sleep(0.005)
    yield "three\n"


def stream(request):
    """Three lines, the last when a file is there."""
    return StreamingHttpResponse(lines(request.GET["go"]), content_type="text/plain")


def download(request):
    return FileResponse(open(request.GET["path"], "rb"), as_attachment=True)


def broken(request):
    return HttpResponse(str(1 // 0))
