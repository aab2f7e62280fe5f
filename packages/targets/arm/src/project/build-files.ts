/** The descriptions of a project for build systems, all over the same flat `src`: CMake, ESP-IDF, Zephyr, Arduino, PlatformIO, CMSIS-Pack. */
import { comment } from '../c-text.ts';
import type { ProjectContext } from './context.ts';

const VERSION = '1.0.0';

/** A sentence for descriptions, without characters that mean something to any of the formats. */
function sentence({ plan }: ProjectContext): string {
  return `Keyword spotter ${comment(plan.program.name).replaceAll(/["<>&'$:#{}]/g, ' ')}, exported by bitvox`;
}

function cmake({ plan: { project } }: ProjectContext): string {
  return `# ${project}: a library without dependencies. Works alone, with add_subdirectory or FetchContent, and as a component of ESP-IDF.
if(ESP_PLATFORM)
  idf_component_register(SRCS "src/${project}.c" "src/${project}_weights.c" INCLUDE_DIRS "src")
  return()
endif()

cmake_minimum_required(VERSION 3.13)
project(${project} VERSION ${VERSION} LANGUAGES C)

add_library(${project} STATIC src/${project}.c src/${project}_weights.c)
add_library(kws::${project} ALIAS ${project})
target_include_directories(${project} PUBLIC src)
set_target_properties(${project} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
  enable_testing()
  add_executable(${project}_selftest test/${project}_selftest.c)
  target_link_libraries(${project}_selftest PRIVATE ${project})
  add_test(NAME selftest COMMAND ${project}_selftest)
endif()
`;
}

function zephyr({ plan: { project }, macro }: ProjectContext): readonly (readonly [string, string])[] {
  return [
    ['zephyr/module.yml', `name: ${project}\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n`],
    ['zephyr/Kconfig', `config ${macro}\n\tbool "Keyword spotter ${project}"\n\thelp\n\t  Adds the library ${project} to the application.\n`],
    [
      'zephyr/CMakeLists.txt',
      `if(CONFIG_${macro})\n  zephyr_library()\n  zephyr_library_sources(../src/${project}.c ../src/${project}_weights.c)\n  zephyr_include_directories(../src)\nendif()\n`,
    ],
  ];
}

function arduino(context: ProjectContext): string {
  const { project } = context.plan;
  return [
    `name=${project}`,
    `version=${VERSION}`,
    'author=bitvox',
    'maintainer=bitvox',
    `sentence=${sentence(context)}.`,
    'paragraph=Integers only, no heap, no dependency. Push 16-bit samples, fetch detections.',
    'category=Signal Input/Output',
    'url=https://www.npmjs.com/package/@bitvox/arm',
    'architectures=*',
    `includes=${project}.h`,
    '',
  ].join('\n');
}

function platformio(context: ProjectContext): string {
  const { project } = context.plan;
  const library = {
    name: project,
    version: VERSION,
    description: sentence(context),
    keywords: ['keyword spotting', 'audio'],
    frameworks: '*',
    platforms: '*',
    headers: `${project}.h`,
  };
  return `${JSON.stringify(library, null, 2)}\n`;
}

function cmsisPack(context: ProjectContext): string {
  const { project } = context.plan;
  return `<?xml version="1.0" encoding="UTF-8"?>
<package schemaVersion="1.7.7" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="PACK.xsd">
  <vendor>bitvox</vendor>
  <name>${project}</name>
  <description>${sentence(context)}</description>
  <url>https://www.npmjs.com/package/@bitvox/arm</url>
  <license>LICENSE</license>
  <releases>
    <release version="${VERSION}">Exported.</release>
  </releases>
  <components>
    <component Cclass="Machine Learning" Cgroup="Keyword Spotting" Csub="${project}" Cversion="${VERSION}">
      <description>${sentence(context)}</description>
      <files>
        <file category="include" name="src/"/>
        <file category="header" name="src/${project}.h"/>
        <file category="source" name="src/${project}.c"/>
        <file category="source" name="src/${project}_weights.c"/>
      </files>
    </component>
  </components>
</package>
`;
}

/** The files by path. */
export function buildFiles(context: ProjectContext): readonly (readonly [path: string, text: string])[] {
  const { project } = context.plan;
  return [
    ['CMakeLists.txt', cmake(context)],
    ...zephyr(context),
    ['library.properties', arduino(context)],
    ['library.json', platformio(context)],
    ['idf_component.yml', `version: "${VERSION}"\ndescription: "${sentence(context)}"\n`],
    [`bitvox.${project}.pdsc`, cmsisPack(context)],
  ];
}
