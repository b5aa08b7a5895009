#pragma once
#include <_mingw.h>
