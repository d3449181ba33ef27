-- A body of 1 MiB for wrk. Argument: length, or chunked in pieces of 64 KiB (wrk itself knows only Content-Length).
wrk.method = "POST"

local own = wrk.format

function init(args)
   if args[1] == "length" then
      wrk.body = string.rep("u", 1024 * 1024)
   else
      wrk.headers["Transfer-Encoding"] = "chunked"
      local chunk = string.format("%x\r\n%s\r\n", 64 * 1024, string.rep("u", 64 * 1024))
      local body = string.rep(chunk, 16) .. "0\r\n\r\n"
      wrk.format = function() return own() .. body end
   end
end
